/** In which pieces the lines of streams are, as they are met: in flat arrays, because a segment has a hundred thousand lines. */
export class StreamTable {
  readonly names: string[] = [];
  /** Per stream, the first and the last of its entries. */
  readonly heads: number[] = [];
  readonly #tails: number[] = [];
  readonly #hashes: number[] = [];
  /** Names as bytes, one after another, and where each stands. */
  #bytes = Buffer.allocUnsafeSlow(16 * 1024);
  #bytesEnd = 0;
  readonly #nameAt: number[] = [];
  readonly #nameLength: number[] = [];
  #slots = new Int32Array(1024).fill(-1);
  /** Per entry, the seq of the piece and the stream's next entry. */
  #count = 0;
  #seqs = new Float64Array(4096);
  #next = new Int32Array(4096);
  /** The stream of the line before. */
  #latest = -1;

  seq(entry: number): number {
    return this.#seqs[entry] as number;
  }

  /** The stream's next entry; -1 behind the last. */
  next(entry: number): number {
    return this.#next[entry] as number;
  }

  /** A line in the piece with that seq; its stream's name stands between two offsets, as it is written in JSON without an escape. */
  add(bytes: Buffer, nameStart: number, nameEnd: number, piece: number): void {
    const latest = this.#latest;
    this.#put(latest !== -1 && this.#isName(bytes, latest, nameStart, nameEnd) ? latest : this.#find(bytes, nameStart, nameEnd), piece);
  }

  /** As {@link add}, for a name that was found by parsing. */
  addNamed(name: string, piece: number): void {
    const bytes = Buffer.from(name, "utf8");
    this.add(bytes, 0, bytes.length, piece);
  }

  #put(stream: number, piece: number): void {
    this.#latest = stream;
    const tail = this.#tails[stream] as number;
    if (tail !== -1 && this.#seqs[tail] === piece) return;
    if (this.#count === this.#seqs.length) this.#grow();
    const entry = this.#count;
    this.#count += 1;
    this.#seqs[entry] = piece;
    this.#next[entry] = -1;
    if (tail === -1) this.heads[stream] = entry;
    else this.#next[tail] = entry;
    this.#tails[stream] = entry;
  }

  #find(bytes: Buffer, start: number, end: number): number {
    let hash = end - start;
    for (let at = start; at < end; at += 1) hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
    hash ^= hash >>> 15;
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const stream = this.#slots[slot] as number;
      if (stream === -1) return this.#newStream(bytes, start, end, hash, slot);
      if (this.#hashes[stream] === hash && this.#isName(bytes, stream, start, end)) return stream;
    }
  }

  #isName(bytes: Buffer, stream: number, start: number, end: number): boolean {
    const length = this.#nameLength[stream] as number;
    if (length !== end - start) return false;
    const known = this.#nameAt[stream] as number;
    const names = this.#bytes;
    // Their ends differ most.
    for (let at = length - 1; at >= 0; at -= 1) if (names[known + at] !== bytes[start + at]) return false;
    return true;
  }

  #newStream(bytes: Buffer, start: number, end: number, hash: number, slot: number): number {
    const stream = this.names.length;
    this.names.push(bytes.toString("utf8", start, end));
    this.heads.push(-1);
    this.#tails.push(-1);
    this.#hashes.push(hash);
    this.#nameAt.push(this.#bytesEnd);
    this.#nameLength.push(end - start);
    const needed = this.#bytesEnd + end - start;
    if (needed > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes.subarray(0, this.#bytesEnd)], needed * 2);
    bytes.copy(this.#bytes, this.#bytesEnd, start, end);
    this.#bytesEnd = needed;
    this.#slots[slot] = stream;
    if (this.names.length * 2 > this.#slots.length) this.#rehash();
    return stream;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 4).fill(-1);
    const mask = slots.length - 1;
    for (let stream = 0; stream < this.names.length; stream += 1) {
      let slot = (this.#hashes[stream] as number) & mask;
      while (slots[slot] !== -1) slot = (slot + 1) & mask;
      slots[slot] = stream;
    }
    this.#slots = slots;
  }

  #grow(): void {
    const [seqs, next] = [new Float64Array(this.#count * 2), new Int32Array(this.#count * 2)];
    seqs.set(this.#seqs);
    next.set(this.#next);
    [this.#seqs, this.#next] = [seqs, next];
  }
}
