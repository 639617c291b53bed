import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { isDaybookError } from "../../../src/base/errors.js";
import type { LogCorruptError } from "../../../src/base/errors.js";
import { openDaybookOn } from "../../../src/open-daybook.js";
import type { Daybook } from "../../../src/daybook.js";
import type { Json, RecordedEvent } from "../../../src/events/recorded-event.js";
import { FoldState } from "../../../src/projections/fold-state.js";
import { runsProjection } from "../../../src/projections/views/runs.js";
import type { Verification } from "../../../src/replay/verify.js";
import { readLog } from "../../format/independent-reader.js";
import type { Reading } from "../../format/independent-reader.js";
import { sha256 } from "../../format/independent-files.js";
import type { Findings } from "../data/findings.js";
import type { Mutant } from "./mutants.js";
import { expectedOfFlip } from "./oracle.js";
import { manifestPath, readFiles, unsynced } from "./original.js";
import type { Original } from "./original.js";

/** What the library says of a root that is only read. */
interface Served {
  readonly events: RecordedEvent[];
  readonly view: Json | undefined;
  /** Why it could not be opened, or where reading ended. */
  readonly refused: unknown;
  readonly damage: LogCorruptError | undefined;
  readonly verified: Verification | undefined;
}

/** Damages a root, has it judged by everybody, and puts it back. */
export class Judge {
  readonly #views = new Map<number, Json>();
  #written = false;

  constructor(
    readonly root: string,
    readonly original: Original,
    readonly findings: Findings,
  ) {}

  /** `thorough`: also go on writing where that is allowed. */
  async judge(mutant: Mutant, thorough: boolean): Promise<void> {
    const problems: string[] = [];
    for (const [path, bytes] of mutant.changed) this.#put(path, bytes);
    try {
      const independent = readIndependently(this.root);
      const served = await serve(this.root);
      this.#checkServed(served, independent, problems);
      this.#checkReported(served, independent, mutant, problems);
      if (mutant.flip !== undefined) this.#checkOracle(mutant.flip, served, problems);
      if (mutant.flip?.path.startsWith("snapshots/") === true && served.verified?.notes.length !== 1) problems.push("no note of the snapshot that cannot be used");
      await this.#checkWriting(independent, served, thorough, problems);
    } catch (error) {
      problems.push(`an error that nobody thought of: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
    this.#restore(mutant);
    for (const problem of problems) this.findings.fail(mutant.what, problem);
  }

  /** Nothing wrong, and all that can be served. */
  #checkServed({ events, view, refused }: Served, independent: Reading | undefined, problems: string[]): void {
    if (!isDeepStrictEqual(events, this.original.events.slice(0, events.length))) problems.push(`what is served is no prefix: ${JSON.stringify(events).slice(0, 300)}`);
    if (independent === undefined) return;
    if (!isDeepStrictEqual(independent.events, this.original.events.slice(0, independent.events.length))) problems.push("what the independent reader serves is no prefix");
    if (isDaybookError(refused) && events.length === 0 && independent.tooNew !== undefined) return;
    if (events.length !== independent.events.length) problems.push(`${events.length} events are served, by the document it is ${independent.events.length}`);
    if (view !== undefined && !isDeepStrictEqual(view, this.#viewAt(events.length))) problems.push(`the view is not that of the ${events.length} events served`);
  }

  /** What is lost is told of, where it is; the limits that docs/format.md names are recognised one by one. */
  #checkReported(served: Served, independent: Reading | undefined, mutant: Mutant, problems: string[]): void {
    const { refused, damage, verified, events } = served;
    if (refused !== undefined && !isDaybookError(refused)) problems.push(`reading ended with ${messageOf(refused)}`);
    if (independent === undefined) {
      if (!isDaybookError(refused, "LOG_NOT_FOUND") && !isDaybookError(refused, "LOG_CORRUPT")) problems.push("no daybook, and it is not said");
      return;
    }
    const { damage: bad, torn, tooNew, manifest, sealed } = independent;
    if (tooNew !== undefined) {
      if (!isDaybookError(refused, "FORMAT_TOO_NEW")) problems.push(`too new by the document, but ${messageOf(refused)}`);
      return;
    }
    if (bad !== undefined) {
      const told = [damage, refused, ...(verified?.faults ?? [])].some((fault) => reports(fault as LogCorruptError | undefined, bad, this.root));
      if (!told) problems.push(`damage at ${bad.segment}, byte ${bad.offset}, seq ${bad.seq} is not told of there: ${messageOf(refused)}; ${JSON.stringify(verified?.faults)}`);
      if (!isDaybookError(refused, "LOG_CORRUPT")) problems.push("reading a damaged log ended as if it were whole");
    } else if (torn !== undefined) {
      const note = `${torn.segment} has a torn tail from byte ${torn.offset}: ${torn.bytes} bytes`;
      if (!(verified?.notes.some((text) => text.startsWith(note)) ?? false)) problems.push(`no note of the torn tail: ${note}; ${JSON.stringify(verified?.notes)}`);
    } else if (events.length < this.original.events.length && !this.#leavesNoTrace(mutant)) {
      problems.push(`${this.original.events.length - events.length} events are gone without a word`);
    }
    const faulty = bad !== undefined || manifest?.fault !== undefined || sealed.faults.length > 0;
    if (verified?.ok === faulty) problems.push(`a full check says ${verified.ok ? "ok" : "not ok"}: ${JSON.stringify(verified.faults)}; ${JSON.stringify({ bad, fault: manifest?.fault, sealed: sealed.faults })}`);
  }

  /** By design (section 9, ADR 0002): a file cut between two commits of the active segment, and a last segment without a whole header. */
  #leavesNoTrace({ changed }: Mutant): boolean {
    const active = this.original.segments.at(-1) as string;
    if (!changed.has(active)) return false;
    const left = changed.get(active) ?? Buffer.alloc(0);
    const content = left.subarray(0, left.length - trailingZeros(left));
    if (!content.includes(0x0a)) return true;
    const ends = this.original.commits.filter(({ segment }) => `log/${segment}` === active).map(({ end }) => end);
    const header = (this.original.files.get(active)?.indexOf(0x0a) ?? -1) + 1;
    return [header, ...ends].includes(content.length) && (this.original.files.get(active)?.subarray(0, content.length).equals(content) ?? false);
  }

  #checkOracle({ path, offset }: { readonly path: string; readonly offset: number }, { events, refused, verified }: Served, problems: string[]): void {
    if (!this.original.segments.includes(path)) return;
    const expected = expectedOfFlip(this.original, path, offset);
    if (expected.verdict === "header" && isDaybookError(refused, "FORMAT_TOO_NEW")) return;
    if (events.length !== expected.served) problems.push(`${events.length} events are served, ${expected.served} are before the changed byte's commit`);
    const { verdict, segment } = expected;
    if (verdict === "torn") {
      if (verified?.ok !== true || !verified.notes.some((note) => note.startsWith(`${segment} has a torn tail from byte ${expected.offset}:`))) problems.push(`not told of as the torn tail that it is: ${JSON.stringify(verified)}`);
      return;
    }
    const place = { segment, offset: verdict === "header" ? 0 : expected.offset, seq: expected.served + 1 };
    const isThere = (fault: LogCorruptError): boolean => fault.segment === place.segment && fault.offset === place.offset && fault.seq === place.seq;
    const found = verified === undefined ? isDaybookError(refused, "LOG_CORRUPT") && isThere(refused as LogCorruptError) : verified.faults.some((fault) => isThere(fault as unknown as LogCorruptError));
    if (!found) problems.push(`not told of at ${JSON.stringify(place)}: ${JSON.stringify(verified?.faults)} ${messageOf(refused)}`);
  }

  async #checkWriting(independent: Reading | undefined, served: Served, thorough: boolean, problems: string[]): Promise<void> {
    let book: Daybook;
    const wrong = independent?.damage ?? independent?.tooNew ?? independent?.manifest?.fault ?? independent?.sealed.faults.find(({ problem }) => !problem.includes("SHA-256"));
    try {
      book = await openDaybookOn(unsynced, this.root, { participantId: "next" });
    } catch (error) {
      if (!isDaybookError(error, "LOG_CORRUPT") && !isDaybookError(error, "FORMAT_TOO_NEW")) problems.push(`opening for writing: ${String(error)}`);
      else if (independent !== undefined && wrong === undefined && independent.writable) problems.push(`opening for writing refuses without a reason: ${error.message}`);
      return;
    }
    try {
      if (wrong !== undefined) problems.push(`opening for writing does not refuse: ${JSON.stringify(wrong)}`);
      else if (independent !== undefined && (thorough || independent.torn !== undefined)) await this.#checkGoingOn(book, independent, served, problems);
    } finally {
      await book.close();
    }
  }

  /** The next append keeps the torn tail, tells of it, and comes behind what was served. */
  async #checkGoingOn(book: Daybook, { torn }: Reading, { events }: Served, problems: string[]): Promise<void> {
    this.#written = true;
    const tail = torn === undefined ? undefined : readFileSync(join(this.root, "log", torn.segment)).subarray(torn.offset);
    const { firstSeq, lastSeq } = await book.log.append({ stream: "note/next", type: "note.taken", data: { next: true } });
    const told = torn === undefined ? 0 : 1;
    if (firstSeq !== events.length + 1 + told && lastSeq !== events.length + 1 + told) problems.push(`the next append has seq ${firstSeq} behind ${events.length}`);
    const { events: now } = await serve(this.root);
    if (now.length !== events.length + told + 1 || !isDeepStrictEqual(now.slice(0, events.length), events)) problems.push(`${now.length} events are served after the next append, not ${events.length + told + 1}`);
    if (torn === undefined || tail === undefined) return;
    const news = now[events.length];
    const copy = join(this.root, typeof news?.data["file"] === "string" ? news.data["file"] : "none");
    const data = { segment: torn.segment, offset: torn.offset, bytes: torn.bytes, sha256: sha256(tail) };
    if (news?.type !== "log.recovered" || !isDeepStrictEqual({ ...news.data, file: undefined }, { ...data, file: undefined })) problems.push(`the torn tail is not told of as it was: ${JSON.stringify(news)}`);
    else if (!existsSync(copy) || !readFileSync(copy).equals(tail)) problems.push("the quarantine copy is not the torn tail");
  }

  /** Of the first events alone, folded anew. */
  #viewAt(events: number): Json {
    const known = this.#views.get(events);
    if (known !== undefined) return known;
    const state = new FoldState(runsProjection);
    for (const event of this.original.events.slice(0, events)) state.fold(event as unknown as RecordedEvent, { upcast: (same) => same, newestVersion: () => 1 });
    this.#views.set(events, state.view);
    return state.view;
  }

  #restore({ changed }: Mutant): void {
    for (const path of changed.keys()) this.#put(path, this.original.files.get(path));
    // Whoever opened it for writing may have sealed what was closed.
    const manifest = this.original.files.get(manifestPath);
    if (statSync(join(this.root, manifestPath), { throwIfNoEntry: false })?.size !== manifest?.length) this.#put(manifestPath, manifest);
    if (!this.#written) return;
    this.#written = false;
    rmSync(join(this.root, "quarantine"), { recursive: true, force: true });
    for (const [path, bytes] of readFiles(this.root)) {
      const before = this.original.files.get(path);
      if (before === undefined) rmSync(join(this.root, path));
      else if (!before.equals(bytes)) this.#put(path, before);
    }
  }

  #put(path: string, bytes: Buffer | undefined): void {
    const file = join(this.root, path);
    if (bytes === undefined) return rmSync(file, { force: true });
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : JSON.stringify(error));

/** Undefined where there is nothing that the document calls a daybook. */
function readIndependently(root: string): Reading | undefined {
  try {
    return readLog(root);
  } catch (error) {
    if (error instanceof Error && error.message.endsWith("is no daybook")) return undefined;
    throw error;
  }
}

async function serve(root: string): Promise<Served> {
  const events: RecordedEvent[] = [];
  let view: Json | undefined;
  let verified: Verification | undefined;
  let refused: unknown;
  let book: Daybook | undefined;
  try {
    book = await openDaybookOn(unsynced, root, { readOnly: true });
    verified = await book.verify({ full: true });
    view = await book.view("runs");
    for await (const event of book.log.read()) events.push(event);
  } catch (error) {
    refused = error;
  }
  const damage = book?.damage;
  await book?.close();
  return { events, view, refused, damage, verified };
}

/** The very place; for what is missing altogether, the segment that should be there or the one before it. */
function reports(fault: LogCorruptError | undefined, bad: { readonly segment: string; readonly offset: number; readonly seq: number }, root: string): boolean {
  if (fault?.segment === undefined) return false;
  if (fault.segment === bad.segment && fault.offset === bad.offset && fault.seq === bad.seq) return true;
  // A wrong manifest line names a segment that never was.
  if (fault.seq !== bad.seq) return (fault.segment === "daybook.json" && bad.seq === 1) || (fault.seq > bad.seq && !existsSync(join(root, "log", fault.segment)));
  return fault.offset === 0 || !existsSync(join(root, "log", fault.segment)) || fault.segment === "daybook.json";
}

function trailingZeros(bytes: Buffer): number {
  let count = 0;
  while (count < bytes.length && bytes[bytes.length - 1 - count] === 0) count += 1;
  return count;
}
