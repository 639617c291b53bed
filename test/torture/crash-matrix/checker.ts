/**
 * Reads a folder by docs/format.md, with a reader that shares no code with the library, and holds it against what writers were told.
 * Nothing here imports from `src/`.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../format/independent-files.js";
import type { JsonObject } from "../../format/independent-files.js";
import { readLog } from "../../format/independent-reader.js";
import type { Reading, TornTail } from "../../format/independent-reader.js";
import { entryType, eventsOf } from "./entries.js";
import type { Entry } from "./entries.js";
import { quarantineProblems } from "./quarantine-check.js";

/** An append that was acknowledged, and where it was said to be. */
export interface Acknowledged extends Entry {
  readonly firstSeq: number;
  readonly lastSeq: number;
}

interface Tail extends TornTail {
  readonly content: Buffer;
}

/** Follows one folder through its crashes. No writer is running when it checks. */
export class CrashChecker {
  readonly #entries = new Map<string, Acknowledged>();
  readonly #uids = new Set<string>();
  readonly #problems: string[] = [];
  /** One line per event, as of the last check: a crash takes nothing that was there. */
  #before: string[] = [];
  #tail: Tail | undefined;

  constructor(readonly root: string) {}

  /** The log ended in a torn tail at the last check. */
  get torn(): boolean {
    return this.#tail !== undefined;
  }

  /** Events seen at the last check. */
  get events(): number {
    return this.#before.length;
  }

  acknowledged(entry: Acknowledged): void {
    const key = keyOf(entry);
    const known = this.#entries.get(key);
    if (known !== undefined && known.firstSeq !== entry.firstSeq) {
      this.#problems.push(`${key} was acknowledged at seq ${known.firstSeq}, and once more at ${entry.firstSeq}`);
    }
    this.#entries.set(key, entry);
  }

  allocated(uid: string): void {
    if (this.#uids.has(uid)) this.#problems.push(`uid ${uid} was acknowledged twice`);
    this.#uids.add(uid);
  }

  /** Everything that is not as it was promised. */
  check(): string[] {
    const problems = this.#problems.splice(0);
    if (!existsSync(join(this.root, "daybook.json")) && this.#entries.size === 0 && this.#uids.size === 0 && this.#before.length === 0) return problems;
    const reading = readingOf(this.root);
    if (typeof reading === "string") return [...problems, reading];
    problems.push(...verdictProblems(reading), ...orderProblems(reading.events));
    const texts = reading.events.map((event) => JSON.stringify(event));
    const changed = this.#before.findIndex((text, index) => texts[index] !== text);
    if (changed !== -1) problems.push(`seq ${changed + 1} was in the log before the crash, and is ${texts[changed] === undefined ? "gone" : "another one"}`);
    problems.push(...this.#entryProblems(reading), ...this.#uidProblems(reading.events));
    problems.push(...quarantineProblems(this.root, reading), ...this.#tailProblems());
    if (existsSync(join(this.root, "log", "failed"))) problems.push("log/failed is there, though no sync failed");
    this.#before = texts;
    this.#tail = reading.torn === undefined ? undefined : { ...reading.torn, content: contentFrom(this.root, reading.torn) };
    return problems;
  }

  /** Appends are whole, there once, as they were meant, and where they were said to be. */
  #entryProblems({ events, commits }: Reading): string[] {
    const problems: string[] = [];
    const commitOf = new Map<number, number>();
    for (const [index, commit] of commits.entries()) for (let seq = commit.firstSeq; seq <= commit.lastSeq; seq += 1) commitOf.set(seq, index);
    const found = new Map<string, number>();
    for (let index = 0; index < events.length; ) {
      const event = events[index] as JsonObject;
      if (event["type"] !== entryType) {
        index += 1;
        continue;
      }
      const entry = event["data"] as Entry;
      const key = keyOf(entry);
      const first = index + 1;
      if (found.has(key)) problems.push(`${key} is in the log at seq ${found.get(key)} and again at ${first}`);
      found.set(key, first);
      for (const [offset, expected] of eventsOf(entry).entries()) {
        const actual = events[index];
        const same = actual !== undefined && actual["stream"] === expected.stream && actual["type"] === expected.type && JSON.stringify(actual["data"]) === JSON.stringify(expected.data);
        if (!same || commitOf.get(index + 1) !== commitOf.get(first)) {
          problems.push(`${key} begins at seq ${first}; its event ${offset} is not what was appended, or not in the same commit`);
          break;
        }
        index += 1;
      }
      index = Math.max(index, first);
    }
    for (const [key, { firstSeq, lastSeq, ...entry }] of this.#entries) {
      if (found.get(key) !== firstSeq) problems.push(`${key} was acknowledged at seq ${firstSeq}, and ${found.has(key) ? `is at ${found.get(key)}` : "is not there"}`);
      if (lastSeq - firstSeq + 1 !== eventsOf(entry).length) problems.push(`${key} was acknowledged as seq ${firstSeq} to ${lastSeq}`);
    }
    return problems;
  }

  #uidProblems(events: readonly JsonObject[]): string[] {
    const given = events.filter((event) => event["type"] === "run.allocated").map((event) => (event["data"] as { readonly uid: string }).uid);
    const distinct = new Set(given);
    const missing = [...this.#uids].filter((uid) => !distinct.has(uid)).map((uid) => `uid ${uid} was acknowledged and is not in the log`);
    return distinct.size === given.length ? missing : [...missing, `uids were given out twice: ${given.filter((uid, index) => given.indexOf(uid) !== index).join(", ")}`];
  }

  /** The torn tail that lay there before: untouched, or a copy of it is in quarantine. */
  #tailProblems(): string[] {
    const tail = this.#tail;
    if (tail === undefined || contentFrom(this.root, tail).equals(tail.content)) return [];
    const digest = sha256(tail.content);
    const copy = join(this.root, "quarantine", `${tail.segment.slice(0, 20)}-${tail.offset}-${digest.slice(0, 16)}.bin`);
    if (!existsSync(copy)) return [`the torn tail of ${tail.bytes} bytes at byte ${tail.offset} of ${tail.segment} is gone, and there is no copy of it`];
    return readFileSync(copy).equals(tail.content) ? [] : [`${copy} is not what was cut off`];
  }
}

/** What the reader makes of a root; a text where it is none to it. */
export function readingOf(root: string): Reading | string {
  try {
    return readLog(root);
  } catch (error) {
    return `nothing can be read: ${String(error)}`;
  }
}

const keyOf = ({ writer, number }: Entry): string => `append ${writer}/${number}`;

const contentFrom = (root: string, { segment, offset }: TornTail): Buffer => readFileSync(join(root, "log", segment)).subarray(offset);

/** What the format itself calls wrong. Nothing that a killed process does is damage. */
export function verdictProblems(reading: Reading): string[] {
  const { damage, tooNew, manifest, sealed } = reading;
  return [
    ...(damage === undefined ? [] : [`damage at byte ${damage.offset} of ${damage.segment}, seq ${damage.seq}: ${damage.problem}`]),
    ...(tooNew === undefined ? [] : [`${tooNew} cannot be read`]),
    ...(manifest?.fault === undefined ? [] : [`the manifest is damaged at byte ${manifest.fault.offset}`]),
    ...sealed.faults.map((fault) => `${fault.segment}: ${fault.problem}`),
  ];
}

/** Seqs without a gap, times that never go back. */
export function orderProblems(events: readonly JsonObject[]): string[] {
  const problems: string[] = [];
  for (const [index, event] of events.entries()) {
    if (event["seq"] !== index + 1) problems.push(`seq ${String(event["seq"])} stands where ${index + 1} should`);
    const before = events[index - 1]?.["time"] as string | undefined;
    if (before !== undefined && (event["time"] as string) < before) problems.push(`time goes back at seq ${index + 1}`);
  }
  return problems.slice(0, 5);
}
