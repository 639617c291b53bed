import { InvalidValueError, preview } from "../../../base/errors.js";
import type { PartDigest } from "../../../events/checkpoint-events.js";
import { Journal } from "./journal.js";
import { isIterable, placeOf, uidText } from "./keyed-source.js";
import { LineSum, dataAlgorithm, hashSample } from "./line-sum.js";
import { formatLine, formatStatus, parseLine, parseStatus, sortedTags } from "./sample-line.js";
import { checkedTags, forEachSample, twice, viewOf } from "./source.js";
import type { DataStateSource, SampleUid } from "./source.js";

/** A sample of a data state. */
export interface Sample {
  readonly uid: string;
  readonly discarded: boolean;
  /** Sorted, each once. */
  readonly tags: readonly string[];
}

/** What differs from an earlier data state: samples that are new or otherwise, as sorted lines, and the sorted uids of those that are gone. */
export interface DataDelta {
  readonly lines: readonly string[];
  readonly removed: readonly string[];
}

/** One uid, or several. */
export type SampleUids = SampleUid | Iterable<SampleUid>;

const untouched = formatStatus(false, []);

/**
 * Samples, which of them are discarded, and their tags. Changing k of n samples costs O(k), the digest included. It remembers what changed since it had
 * an earlier digest, as long as that is less than half of it (or 10,000 changes).
 */
export class DataState {
  readonly #samples = new Map<string, string>();
  readonly #sum = new LineSum();
  readonly #journal = new Journal();
  /** One text for all samples of the same status. */
  readonly #statuses = new Map<string, string>();
  #digest: string | undefined;

  /** A copy of what a source says now. Without one: no samples. @throws UnhashablePartError naming the place */
  constructor(source: DataStateSource = []) {
    DataState.#forEach(source, (uid, status, isTwice) => {
      if (this.#samples.has(uid)) throw isTwice();
      this.#insert(uid, status);
    });
  }

  /** How many samples there are, discarded ones too. */
  get size(): number {
    return this.#samples.size;
  }

  /** The digest as it stands in events, and its algorithm. */
  get part(): PartDigest {
    if (this.#digest === undefined) this.#journal.mark((this.#digest = this.#sum.digest()));
    return { digest: this.#digest, algorithm: dataAlgorithm };
  }

  /** 32 hex digits; equal for equal states, however they came about. */
  get digest(): string {
    return this.part.digest;
  }

  has(uid: SampleUid): boolean {
    return this.#samples.has(known(uid));
  }

  /** A sample; undefined when there is none of that uid. */
  get(uid: SampleUid): Sample | undefined {
    const text = known(uid);
    const status = this.#samples.get(text);
    return status === undefined ? undefined : { uid: text, ...parseStatus(status) };
  }

  isDiscarded(uid: SampleUid): boolean {
    return this.#samples.get(known(uid))?.startsWith("d1") ?? false;
  }

  getTags(uid: SampleUid): readonly string[] {
    return this.get(uid)?.tags ?? [];
  }

  /** All uids, as they came in. */
  getSampleUids(): Iterable<string> {
    return { [Symbol.iterator]: () => this.#samples.keys() };
  }

  /** All samples, as they came in. */
  *samples(): Generator<Sample> {
    for (const [uid, status] of this.#samples) yield { uid, ...parseStatus(status) };
  }

  /** Samples are not to be used. @throws InvalidValueError for one that there is not: then nothing is changed; so with all that follow */
  discard(uids: SampleUids): this {
    return this.#change(uids, (status) => `d1${status.slice(2)}`);
  }

  /** Samples are to be used again. */
  restore(uids: SampleUids): this {
    return this.#change(uids, (status) => `d0${status.slice(2)}`);
  }

  /** Samples have these tags and no others. */
  setTags(uids: SampleUids, tags: Iterable<string>): this {
    const given = checkedTags(tags, () => "$.tags");
    return this.#change(uids, (status) => formatStatus(status.startsWith("d1"), given));
  }

  /** Samples have these tags too. */
  addTags(uids: SampleUids, tags: Iterable<string>): this {
    const given = checkedTags(tags, () => "$.tags");
    return this.#change(uids, (status) => {
      const sample = parseStatus(status);
      return formatStatus(sample.discarded, sortedTags([...sample.tags, ...given]));
    });
  }

  /** Samples have these tags no more. */
  removeTags(uids: SampleUids, tags: Iterable<string>): this {
    const given = new Set(checkedTags(tags, () => "$.tags"));
    return this.#change(uids, (status) => {
      const sample = parseStatus(status);
      const left = sample.tags.filter((tag) => !given.has(tag));
      return formatStatus(sample.discarded, left);
    });
  }

  /** New samples, not discarded and without tags. @throws InvalidValueError for one that is there already: then nothing is changed */
  add(uids: SampleUids): this {
    const texts = listed(uids);
    const seen = new Set<string>();
    for (const [index, uid] of texts.entries()) {
      if (this.#samples.has(uid) || seen.has(uid)) throw new InvalidValueError(`$.uids[${index}]`, `is there already: ${preview(uid)}`);
      seen.add(uid);
    }
    for (const uid of texts) this.#put(uid, untouched);
    return this;
  }

  /** Samples are there no more. */
  remove(uids: SampleUids): this {
    for (const uid of this.#listedThere(uids)) this.#put(uid, undefined);
    return this;
  }

  /**
   * Makes this state equal to a source, and remembers what that changed: so what a large state that somebody else keeps differs in is known, by going
   * through it once. @throws UnhashablePartError naming the place: then nothing is changed
   */
  become(source: DataStateSource): this {
    return this.apply(this.changesTo(source));
  }

  /** What would have to change for this state to be that of a source. Changes nothing. @throws UnhashablePartError naming the place */
  changesTo(source: DataStateSource): DataDelta {
    const [lines, seen] = [[] as string[], new Set<string>()];
    DataState.#forEach(source, (uid, status, isTwice) => {
      if (seen.has(uid)) throw isTwice();
      seen.add(uid);
      if (this.#samples.get(uid) !== status) lines.push(formatLine(uid, status));
    });
    const removed = [...this.#samples.keys()].filter((uid) => !seen.has(uid));
    return { lines: lines.sort(), removed: removed.sort() };
  }

  /** What changed since this state had that digest; undefined when that is not remembered. */
  changesSince(digest: string): DataDelta | undefined {
    const touched = this.#journal.since(digest);
    if (touched === undefined) return undefined;
    const [lines, removed]: [string[], string[]] = [[], []];
    for (const [uid, before] of touched) {
      const status = this.#samples.get(uid);
      if (status === before) continue;
      if (status === undefined) removed.push(uid);
      else lines.push(formatLine(uid, status));
    }
    return { lines: lines.sort(), removed: removed.sort() };
  }

  /** Digests that {@link changesSince} remembers, the latest first. Those count at which `digest` or `part` was asked for. */
  get remembered(): readonly string[] {
    return this.#journal.digests;
  }

  /** Samples as lines, sorted by UTF-16 units: what a content is made of. */
  lines(): readonly string[] {
    return Array.from(this.#samples, ([uid, status]) => formatLine(uid, status)).sort();
  }

  /** The state of {@link lines}, whichever order they are in. @throws InvalidValueError for a line that is none, or a sample that comes twice */
  static ofLines(lines: Iterable<string>): DataState {
    const state = new DataState();
    let index = 0;
    for (const line of lines) {
      const { uid, status } = parsed(line, index);
      if (state.#samples.has(uid)) throw new InvalidValueError(`$.lines[${index}]`, `is of a sample that was there before: ${preview(line)}`);
      state.#insert(uid, status);
      index += 1;
    }
    return state;
  }

  /**
   * Applies what {@link changesSince} or {@link changesTo} gave. @throws InvalidValueError for lines that are none, and removed uids that are not there:
   * then nothing is changed
   */
  apply({ lines, removed }: DataDelta): this {
    const samples = lines.map(parsed);
    this.remove(removed);
    for (const { uid, status } of samples) this.#put(uid, status);
    return this;
  }

  static #forEach(source: DataStateSource, visit: (uid: string, status: string, isTwice: () => Error) => void): void {
    if (source instanceof DataState) for (const [uid, status] of source.#samples) visit(uid, status, unreachable);
    else {
      const view = viewOf(source);
      forEachSample(view, (uid, status, index) => visit(uid, status, () => twice(view, uid, index)));
    }
  }

  #insert(uid: string, status: string): void {
    this.#samples.set(uid, this.#shared(status));
    this.#sum.add(hashSample(uid, status));
  }

  #change(uids: SampleUids, change: (status: string) => string): this {
    for (const uid of this.#listedThere(uids)) this.#put(uid, change(this.#samples.get(uid) ?? untouched));
    return this;
  }

  #put(uid: string, status: string | undefined): void {
    const before = this.#samples.get(uid);
    if (before === status) return;
    this.#journal.note(uid, before, Math.max(10_000, Math.floor(this.#samples.size / 2)));
    if (before !== undefined) this.#sum.subtract(hashSample(uid, before));
    if (status === undefined) this.#samples.delete(uid);
    else this.#insert(uid, status);
    this.#digest = undefined;
  }

  #listedThere(uids: SampleUids): readonly string[] {
    const texts = listed(uids);
    for (const [index, uid] of texts.entries()) if (!this.#samples.has(uid)) throw new InvalidValueError(`$.uids[${index}]`, `is no sample: ${preview(uid)}`);
    return texts;
  }

  #shared(status: string): string {
    const there = this.#statuses.get(status);
    if (there !== undefined) return there;
    if (this.#statuses.size < 4096) this.#statuses.set(status, status);
    return status;
  }
}

const known = (uid: SampleUid): string => uidText(uid, () => placeOf("$", String(uid)));

function listed(uids: SampleUids): readonly string[] {
  if (typeof uids === "string" || typeof uids === "number" || typeof uids === "bigint") return [known(uids)];
  if (!isIterable(uids)) throw new InvalidValueError("$.uids", `must be a uid, or a list or a set of uids, not ${preview(uids)}`);
  return Array.from(uids, (uid, index) => uidText(uid, () => `$.uids[${index}]`));
}

const unreachable = (): Error => new Error("a data state has no sample twice");

function parsed(line: string, index: number): { readonly uid: string; readonly status: string } {
  const sample = parseLine(line);
  if (sample === undefined) throw new InvalidValueError(`$.lines[${index}]`, `is no line of a sample: ${preview(line)}`);
  return sample;
}
