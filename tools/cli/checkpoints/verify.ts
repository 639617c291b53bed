import type { ArtifactFault, CheckpointsVerification } from "../../../src/checkpoints.js";
import type { AsOf, Daybook } from "../../../src/index.js";
import { readBook } from "../book.js";
import { coloursOf } from "../colours.js";
import { helpText } from "../help.js";
import { print, printJsonLines } from "../output.js";
import { tableLines } from "../table.js";
import { bytes, clean, counted } from "../text.js";
import type { Context, Verb } from "../verb.js";
import { withCareProgress } from "./care-progress.js";
import { readCatalogue } from "./catalogue.js";
import type { Catalogue } from "./catalogue.js";
import { withManager } from "./manager.js";

/** `daybook checkpoints verify` */
export const verifyCheckpointsVerb: Verb = {
  name: "verify",
  asOf: true,
  configure: (command) =>
    void command
      .description("read every file that the log speaks of, and compare size and SHA-256; reads only")
      .addHelpText("after", helpText(
        [
          ["daybook checkpoints verify", "is every checkpoint, configuration and data state as it was saved?"],
          ["daybook checkpoints verify --at 2026-11-21", "what there was then: is it still so, and what of it was pruned since?"],
          ["daybook --json checkpoints verify | jq -c '.faults[]'", "the outcome as one JSON object"],
          ["daybook --root /mnt/disk/results checkpoints verify", "the same of a backup"],
        ],
        "0 every file is as it was saved; 1 faults, no daybook there, or a damaged one; 2 wrong usage",
        "The log itself is the matter of `daybook verify`.",
      )),
  run: (context) => {
    const { at, ...present } = context;
    // Files are those of now: what there was then is looked for among them.
    return readBook(present, async (book) => verify(context, book, at === undefined ? undefined : await book.at(at)));
  },
};

/** A save that was there, and was given up. */
interface GivenUp {
  readonly hash: string;
  readonly step: number;
  readonly save: number;
  readonly reason: string;
}

/** What was found; of a moment that is past, only of what there was then. */
interface Found extends CheckpointsVerification {
  readonly asOf?: AsOf;
  readonly prunedSince?: readonly GivenUp[];
}

async function verify(context: Context, book: Daybook, past: Daybook | undefined): Promise<number> {
  const now = await withManager(book, (manager) => withCareProgress((onProgress) => manager.verifyCheckpoints({ onProgress })));
  const found = past?.asOf === undefined ? now : foundOf(now, await readCatalogue(past), await readCatalogue(book), past.asOf);
  if (context.json) await printJsonLines([found]);
  else await print(`${(await verificationLines(found)).join("\n")}\n`);
  return found.ok ? 0 : 1;
}

function foundOf(now: CheckpointsVerification, then: Catalogue, today: Catalogue, asOf: AsOf): Found {
  const key = (folder: string, step: number, save: number): string => `${folder}/${step} ${save}`;
  const hashes = new Set(then.hashes.map(({ folder }) => folder));
  const saves = new Set(then.checkpoints.flatMap(({ folder, step, saves: all }) => all.filter(({ pruned }) => pruned === undefined).map(({ save }) => key(folder, step, save))));
  const faults = now.faults.filter(({ hash, step, save }) => (step === undefined || save === undefined ? hashes.has(hash) : saves.has(key(hash, step, save))));
  const prunedSince = today.checkpoints.flatMap(({ folder: hash, step, saves: all }) =>
    all.flatMap(({ save, pruned }) => (pruned !== undefined && saves.has(key(hash, step, save)) ? [{ hash, step, save, reason: pruned.reason }] : [])),
  );
  return { ...now, ok: faults.length === 0, faults, asOf, prunedSince };
}

async function verificationLines({ ok, files, bytes: read, faults, orphans, foreign, asOf, prunedSince = [] }: Found): Promise<string[]> {
  const colours = coloursOf();
  const notes = [
    ...prunedSince.slice(0, mostPruned).map(({ hash, step, reason }) => `${clean(hash)}/${step} was pruned since: ${clean(reason)}`),
    ...(prunedSince.length > mostPruned ? [`and so were ${counted(prunedSince.length - mostPruned, "more save")}`] : []),
    ...(orphans.length === 0 ? [] : [`${counted(orphans.length, "file")} that no event speaks of; \`daybook checkpoints gc\` clears them away`]),
    ...(foreign.length === 0 ? [] : [`${counted(foreign.length, "file")} below checkpoints/ that are not daybook's own`]),
  ].map((note) => colours.yellow(`note: ${note}`));
  const extent = `${counted(files, "file")} (${bytes(read)} read)${asOf === undefined ? "" : `; of them only what there was at seq ${asOf.seq} counts`}`;
  if (ok) return [`${colours.green("ok")}: ${extent}`, ...notes];
  return [...(await faultTable(faults)), `${colours.red(counted(faults.length, "fault"))} in ${extent}`, ...notes];
}

const mostPruned = 10;

function faultTable(faults: readonly ArtifactFault[]): Promise<string[]> {
  const colours = coloursOf();
  const heads = [{ head: "hash", whole: true }, { head: "step", align: "right" as const }, { head: "what" }, { head: "file" }, { head: "problem" }];
  const rows = faults.map(({ hash, step, role, path, problem }) => [clean(hash), step === undefined ? "" : String(step), clean(role), clean(path), colours.red(clean(problem))]);
  return tableLines(heads.map((column) => ({ ...column, head: colours.bold(column.head) })), rows);
}
