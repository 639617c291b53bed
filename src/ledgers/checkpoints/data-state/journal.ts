/** What a journal knows of a change: the sample, and what it was before; undefined when there was none. */
type Entry = readonly [uid: string, before: string | undefined];

/**
 * The changes of a data state, and where among them it had which digest. Of changes that are too many the oldest are forgotten, with the digests before them.
 */
export class Journal {
  #entries: Entry[] = [];
  /** How many entries were forgotten. */
  #forgotten = 0;
  readonly #marks = new Map<string, number>();

  /** How many changes are remembered. */
  get length(): number {
    return this.#entries.length;
  }

  /** The digests that are remembered, the latest first. */
  get digests(): readonly string[] {
    return [...this.#marks.keys()].reverse();
  }

  /** A sample is about to change. At most `limit` changes are kept. */
  note(uid: string, before: string | undefined, limit: number): void {
    this.#entries.push([uid, before]);
    if (this.#entries.length <= limit) return;
    const half = Math.ceil(this.#entries.length / 2);
    this.#entries = this.#entries.slice(half);
    this.#forgotten += half;
    for (const [digest, at] of this.#marks) if (at < this.#forgotten) this.#marks.delete(digest);
  }

  /** The state has this digest now. */
  mark(digest: string): void {
    this.#marks.delete(digest);
    this.#marks.set(digest, this.#forgotten + this.#entries.length);
  }

  /** Each sample that was touched since the state had this digest, with what it was then; undefined when that is not remembered. */
  since(digest: string): ReadonlyMap<string, string | undefined> | undefined {
    const from = this.#marks.get(digest);
    if (from === undefined) return undefined;
    const touched = new Map<string, string | undefined>();
    for (let index = from - this.#forgotten; index < this.#entries.length; index += 1) {
      const [uid, before] = this.#entries[index] as Entry;
      if (!touched.has(uid)) touched.set(uid, before);
    }
    return touched;
  }
}
