/** Decompressed bytes that may be asked for again; what was not asked for longest goes first. */
export class ContentCache {
  readonly #contents = new Map<string, Buffer>();
  #bytes = 0;

  constructor(readonly maxBytes: number) {}

  get(key: string): Buffer | undefined {
    const content = this.#contents.get(key);
    if (content === undefined) return undefined;
    this.#contents.delete(key);
    this.#contents.set(key, content);
    return content;
  }

  /** Keeps it, unless it is longer than all that is kept. */
  set(key: string, content: Buffer): void {
    if (content.length > this.maxBytes || this.#contents.has(key)) return;
    this.#contents.set(key, content);
    this.#bytes += content.length;
    for (const [oldest, { length }] of this.#contents) {
      if (this.#bytes <= this.maxBytes) return;
      this.#contents.delete(oldest);
      this.#bytes -= length;
    }
  }
}
