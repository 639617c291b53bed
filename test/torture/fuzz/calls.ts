import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { DaybookError, preview } from "../../../src/base/errors.js";
import { openDaybookOn } from "../../../src/open-daybook.js";
import type { Daybook } from "../../../src/daybook.js";
import type { RunLease } from "../../../src/index.js";
import { UsageError } from "../../../tools/cli/errors.js";
import type { Findings } from "../data/findings.js";
import { unsyncedFiles } from "../data/unsynced.js";
import { entries, parsers } from "./entries.js";
import type { Entry } from "./entries.js";
import { hostileJson, made, shown, TrapError } from "./hostile.js";

/** No call waits for longer. */
const patienceMs = 10_000;
const soundErrors = [DaybookError, TrapError, UsageError];

/** Whatever a call is given: it resolves, or rejects with a typed error, and a refused one appends nothing. */
export async function fuzzCalls(root: string, seed: number, runs: number, findings: Findings, progress: (done: number, total: number, what: string) => void): Promise<void> {
  const system = { files: unsyncedFiles };
  const book = await openDaybookOn(system, root, { participantId: "fuzz" });
  const before = Object.getOwnPropertyNames(Object.prototype).length;
  try {
    const uid = await book.runs.allocate("train");
    let lease: RunLease | undefined;
    for (const [index, entry] of entries.entries()) {
      progress(index, entries.length, entry.name);
      await check(entry, seed, runs, findings, async (args) => {
        if (lease === undefined || lease.signal.aborted) lease = await book.runs.start("train", (await book.runs.allocate("train")) || uid);
        return problemOfCall(book, () => entry.call({ book, lease: lease as RunLease, system }, ...(args as never[])));
      });
      if (Object.getOwnPropertyNames(Object.prototype).length !== before || "polluted" in {}) findings.fail(entry.name, "Object.prototype was polluted");
    }
    for (const parser of parsers) await check(parser, seed, runs, findings, async (args) => problemOf(() => parser.call(...(args as never[]))));
    await checkRoundTrips(book, seed, runs, findings);
    await checkRefusals(book, seed, runs, findings);
    const { ok, faults } = await book.verify({ full: true });
    if (!ok) findings.fail("after all calls", `a full check finds ${JSON.stringify(faults)}`);
  } finally {
    await book.close();
  }
}

async function check(entry: Pick<Entry, "name" | "args">, seed: number, runs: number, findings: Findings, problem: (args: readonly unknown[]) => Promise<string | undefined>): Promise<void> {
  let last: string | undefined;
  const details = await fc.check(
    fc.asyncProperty(entry.args, async (args) => {
      last = await problem(made(args) as readonly unknown[]);
      return last === undefined;
    }),
    { seed, numRuns: runs, endOnFailure: true },
  );
  findings.count(`calls of ${entry.name}`, details.numRuns);
  if (details.failed) findings.fail(`${entry.name}, fast-check seed ${details.seed}, path ${details.counterexamplePath ?? ""}`, `${last ?? String(details.errorInstance)}, given ${shown(details.counterexample)}`);
}

async function problemOfCall(book: Daybook, work: () => unknown): Promise<string | undefined> {
  const { seq } = await book.log.head();
  let refused = false;
  const problem = await problemOf(async () => {
    try {
      await work();
    } catch (error) {
      refused = true;
      throw error;
    }
  });
  if (problem !== undefined) return problem;
  return refused && (await book.log.head()).seq !== seq ? "a refused call has changed the log" : undefined;
}

async function problemOf(work: () => unknown): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => (timer = setTimeout(() => resolve("late"), patienceMs)));
  try {
    const ended = await Promise.race([Promise.resolve().then(work), late]);
    return ended === "late" ? `still waiting after ${patienceMs} ms` : undefined;
  } catch (error) {
    if (soundErrors.some((type) => error instanceof type) || isAbort(error)) return undefined;
    return `rejects with ${error instanceof Error ? (error.stack ?? error.message).split("\n").slice(0, 5).join(" ") : preview(error)}`;
  } finally {
    clearTimeout(timer);
  }
}

const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === "AbortError";

/** What was accepted comes back as JSON has it. */
async function checkRoundTrips(book: Daybook, seed: number, runs: number, findings: Findings): Promise<void> {
  const entry = { name: "log.append, data that comes back", args: fc.tuple(hostileJson) };
  await check(entry, seed, runs, findings, async ([data]) => {
    const wanted: unknown = JSON.parse(JSON.stringify(data));
    let seq: number;
    try {
      ({ lastSeq: seq } = await book.log.append({ stream: "fuzz/data", type: "fuzz.taken", data: data as object }));
    } catch (error) {
      // Half surrogates have no form in UTF-8.
      return error instanceof DaybookError && /\\ud[89a-f]/.test(JSON.stringify(data)) ? undefined : preview(error);
    }
    for await (const event of book.log.read({ from: seq, to: seq })) if (!isDeepStrictEqual(event.data, wanted)) return `${preview(wanted)} came back as ${preview(event.data)}`;
    return undefined;
  });
}

/** What JSON would change, or cannot carry. */
const unfit: readonly (() => unknown)[] = [
  () => Number.NaN, () => Number.NEGATIVE_INFINITY, () => 1n, () => () => 1, () => Symbol("s"), () => new Map([["a", 1]]), () => new Date(0), () => [undefined],
  () => new (class Point { x = 1; })(), () => ({ toJSON: () => 1 }), () => new Uint8Array(2), () => Array.from({ length: 3, 2: 1 }).fill(1, 0, 1),
];

/** Data that JSON would change is refused, however deep it lies, and is not in the log. */
async function checkRefusals(book: Daybook, seed: number, runs: number, findings: Findings): Promise<void> {
  const entry = { name: "log.append, data that JSON would change", args: fc.tuple(fc.constantFrom(...unfit), fc.array(fc.constantFrom("key", "list"), { maxLength: 4 }), fc.jsonValue()) };
  await check(entry, seed, runs, findings, async (args) => {
    const [make, way, beside] = args as [() => unknown, ("key" | "list")[], unknown];
    const data = way.reduce<unknown>((inner, step) => (step === "key" ? { inner, beside } : [beside, inner]), make());
    const { seq } = await book.log.head();
    try {
      await book.log.append({ stream: "fuzz/data", type: "fuzz.taken", data: { data } });
      return `${preview(data)} was taken, as ${preview(JSON.parse(JSON.stringify(data) ?? "null"))}`;
    } catch (error) {
      if (!(error instanceof DaybookError) || error.code !== "INVALID_EVENT") return preview(error);
    }
    return (await book.log.head()).seq === seq ? undefined : "refused data moved the head";
  });
}
