import { rowBytes } from "./index-format.js";

/** Ranges of lines by stream, as they are met: in flat arrays, because a segment has a hundred thousand lines. */
export class LineTable {
  /** Per stream. */
  readonly names: string[] = [];
  readonly heads: number[] = [];
  readonly #tails: number[] = [];
  readonly #hashes: number[] = [];
  /** Where its name stands in the window, for names that are met as bytes. */
  readonly #nameAt: number[] = [];
  readonly #nameLength: number[] = [];
  #slots = new Int32Array(1024).fill(-1);
  /** Per range. */
  #count = 0;
  #seqs = new Float64Array(1024);
  #lasts = new Float64Array(1024);
  #starts = new Uint32Array(1024);
  #lengths = new Uint32Array(1024);
  #next = new Int32Array(1024);
  /** The stream of the line before. */
  #latest = -1;

  seq = (range: number): number => this.#seqs[range] as number;
  last = (range: number): number => this.#lasts[range] as number;
  start = (range: number): number => this.#starts[range] as number;
  length = (range: number): number => this.#lengths[range] as number;
  /** The stream's next range; -1 behind the last. */
  next = (range: number): number => this.#next[range] as number;

  /** A line of the stream whose name stands in the window between two offsets, as it is written in JSON without an escape. */
  add(window: Buffer, nameStart: number, nameEnd: number, seq: number, start: number, length: number): void {
    const latest = this.#latest;
    const stream = latest !== -1 && this.#isName(window, latest, nameStart, nameEnd) ? latest : this.#find(window, nameStart, nameEnd);
    this.#put(stream, seq, start, length);
  }

  /** A line of a stream whose name was found by parsing. */
  addNamed(name: string, seq: number, start: number, length: number): void {
    const known = this.names.indexOf(name);
    this.#put(known === -1 ? this.#newStream(name, 0, 0, -1) : known, seq, start, length);
  }

  #put(stream: number, seq: number, start: number, length: number): void {
    this.#latest = stream;
    const tail = this.#tails[stream] as number;
    // A row is read whole, so no range is much longer than one.
    if (tail !== -1 && (this.#starts[tail] as number) + (this.#lengths[tail] as number) === start && (this.#lengths[tail] as number) < rowBytes) {
      this.#lengths[tail] = (this.#lengths[tail] as number) + length;
      this.#lasts[tail] = seq;
      return;
    }
    if (this.#count === this.#seqs.length) this.#grow();
    const range = this.#count;
    this.#count += 1;
    this.#seqs[range] = seq;
    this.#lasts[range] = seq;
    this.#starts[range] = start;
    this.#lengths[range] = length;
    this.#next[range] = -1;
    if (tail === -1) this.heads[stream] = range;
    else this.#next[tail] = range;
    this.#tails[stream] = range;
  }

  #find(window: Buffer, start: number, end: number): number {
    let hash = end - start;
    for (let at = start; at < end; at += 1) hash = (Math.imul(hash, 31) + (window[at] as number)) | 0;
    hash ^= hash >>> 15;
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const stream = this.#slots[slot] as number;
      if (stream === -1) {
        const made = this.#newStream(window.toString("utf8", start, end), start, end - start, hash);
        this.#slots[slot] = made;
        if (this.names.length * 2 > this.#slots.length) this.#rehash();
        return made;
      }
      if (this.#hashes[stream] === hash && this.#isName(window, stream, start, end)) return stream;
    }
  }

  #isName(window: Buffer, stream: number, start: number, end: number): boolean {
    const length = this.#nameLength[stream] as number;
    if (length !== end - start) return false;
    const known = this.#nameAt[stream] as number;
    // Their ends differ most.
    for (let at = length - 1; at >= 0; at -= 1) if (window[known + at] !== window[start + at]) return false;
    return true;
  }

  #newStream(name: string, at: number, length: number, hash: number): number {
    const stream = this.names.length;
    this.names.push(name);
    this.heads.push(-1);
    this.#tails.push(-1);
    this.#hashes.push(hash);
    this.#nameAt.push(at);
    this.#nameLength.push(length);
    return stream;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 4).fill(-1);
    const mask = slots.length - 1;
    for (const stream of this.#slots) {
      if (stream === -1) continue;
      let slot = (this.#hashes[stream] as number) & mask;
      while (slots[slot] !== -1) slot = (slot + 1) & mask;
      slots[slot] = stream;
    }
    this.#slots = slots;
  }

  #grow(): void {
    const size = this.#seqs.length * 2;
    const longer = <T extends Float64Array | Uint32Array | Int32Array>(old: T, made: T): T => {
      made.set(old as never);
      return made;
    };
    this.#seqs = longer(this.#seqs, new Float64Array(size));
    this.#lasts = longer(this.#lasts, new Float64Array(size));
    this.#starts = longer(this.#starts, new Uint32Array(size));
    this.#lengths = longer(this.#lengths, new Uint32Array(size));
    this.#next = longer(this.#next, new Int32Array(size));
  }
}
