import { cpSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openDaybookOn } from "../../../src/open-daybook.js";
import { sha256 } from "../../format/independent-files.js";
import { readLog } from "../../format/independent-reader.js";
import { Disk } from "./disk.js";
import type { Plan } from "./disk.js";
import { real } from "./scenarios.js";
import type { Scenario } from "./scenarios.js";
import { appendAlong } from "./along.js";
import { problemsOfOutcomes, Session } from "./session.js";

/** Where a scenario is tried. */
export interface Stage {
  readonly scenario: Scenario;
  /** What `prepare` has made; copied for every trial. */
  readonly template: string;
  readonly folder: string;
  /** Who appends meanwhile: nobody; another handle, as of another process, between the steps; or a real process, all the time. */
  readonly behind: "nobody" | "handle" | "process";
}

export interface Trial {
  readonly problems: readonly string[];
  readonly calls: Disk["calls"];
  readonly refused: number;
}

/** Does the work of a scenario on a disk that fails as planned, and looks at what is left. `harmless`: nothing may be refused. */
export async function runTrial({ scenario, template, folder, behind }: Stage, plan: Plan, harmless: boolean): Promise<Trial> {
  const root = join(folder, "root");
  cpSync(template, root, { recursive: true });
  const disk = new Disk(plan);
  const session = new Session(0);
  const other = new Session(100_000);
  const problems: string[] = [];
  try {
    const along = behind === "process" ? await appendAlong(root) : undefined;
    await work(scenario, root, disk, session, behind === "handle" ? other : undefined, problems);
    const told = await along?.end();
    other.outcomes.push(...(told?.outcomes ?? []));
    problems.push(...(told?.problems ?? []));
    if (disk.leaked.length > 0) problems.push(`descriptors were left open: ${disk.leaked.map((path) => path.slice(root.length)).join(", ")}`);
    if (harmless && session.refused + other.refused > 0) problems.push(`what has to be repeated was refused: ${[...session.refusals, ...other.refusals].join("; ")}`);
    problems.push(...(await problemsAfterwards(root, scenario, session, other)));
  } catch (error) {
    problems.push(`an error that nobody thought of: ${error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error)}`);
  }
  rmSync(root, { recursive: true, force: true });
  return { problems: [...session.problems, ...other.problems, ...problems], calls: disk.calls, refused: session.refused };
}

async function work(scenario: Scenario, root: string, disk: Disk, session: Session, other: Session | undefined, problems: string[]): Promise<void> {
  const options = { participantId: "tried", ...scenario.options };
  const book = await session.ask("open", () => openDaybookOn(disk.system, root, options));
  if (book === undefined) return;
  const second = other === undefined ? undefined : await other.ask("open behind", () => openDaybookOn({ ...real }, root, { participantId: "other" }));
  const between = async (): Promise<void> => {
    if (second === undefined || other === undefined) return;
    await other.append("append behind", 1, (mark) => second.log.append({ stream: `note/${mark}`, type: "note.taken", data: { mark, text: "x".repeat(500) } }));
  };
  try {
    await between();
    await scenario.work(session, book, between);
    await between();
    // Freed, or repaired: what a handle serves now is what the log has.
    disk.plan = () => undefined;
    const { ok, projections } = await book.rebuild({ check: true });
    if (!ok) problems.push(`views drifted: ${JSON.stringify(projections.filter(({ drift, failure }) => drift.length > 0 || failure !== undefined)).slice(0, 400)}`);
    if (!book.readOnly && !isFailed(root, session, other)) {
      await session.append("append once the disk is well", 1, (mark) => book.log.append({ stream: "note/well", type: "note.taken", data: { mark } }));
      if (session.outcomes.at(-1)?.result !== "acknowledged") problems.push(`the handle cannot be used once the disk is well: ${session.outcomes.at(-1)?.result}`);
    }
  } finally {
    await Promise.allSettled([session.ask("close", () => book.close()), other?.ask("close behind", async () => second?.close())]);
  }
}

/** After a failed sync a handle is done for, and so is every other one until the log was opened anew. */
function isFailed(root: string, session: Session, other: Session | undefined): boolean {
  return session.syncFailed || other?.syncFailed === true || real.files.statSync(join(root, "log", "failed")) !== undefined;
}

/** The log opens unaided, is whole, and has what its callers were told. */
async function problemsAfterwards(root: string, scenario: Scenario, session: Session, other: Session): Promise<string[]> {
  const problems: string[] = [];
  if (scenario.options?.readOnly !== true) {
    const book = await openDaybookOn({ ...real }, root, { participantId: "after" });
    try {
      await book.log.append({ stream: "note/after", type: "note.taken", data: {} });
      const { ok, faults, notes } = await book.verify({ full: true });
      if (!ok || notes.length > 0) problems.push(`afterwards a full check finds ${JSON.stringify([faults, notes])}`);
      const rebuilt = await book.rebuild({ check: true });
      if (!rebuilt.ok) problems.push("afterwards the views are not those of the log");
    } finally {
      await book.close();
    }
  }
  const { events, damage, torn } = readLog(root);
  if (damage !== undefined || (torn !== undefined && scenario.options?.readOnly !== true)) problems.push(`left behind: ${JSON.stringify(damage ?? torn)}`);
  for (const { type, data } of events as unknown as readonly { readonly type: string; readonly data: { readonly file: string; readonly sha256: string } }[]) {
    const copy = join(root, type === "log.recovered" ? data.file : "daybook.json");
    if (type === "log.recovered" && (!existsSync(copy) || sha256(readFileSync(copy)) !== data.sha256)) problems.push(`the log tells of ${data.file}, which is not there as it was`);
  }
  return [...problems, ...problemsOfOutcomes([...session.outcomes, ...other.outcomes], events)];
}
