/**
 * Hashes of 128 bits, of which it keeps 64 in a table of numbers: for a million 16 MB, and no copy of what was hashed. So it can only say that one is new, or
 * that it may have been there.
 */
export class DigestSet {
  #slots: Uint32Array;
  #size = 0;

  /** With room for so many; it grows past that. */
  constructor(expected = 0) {
    this.#slots = new Uint32Array(4 * 2 ** Math.ceil(Math.log2(Math.max(512, expected))));
  }

  /** Puts a hash in. @returns false when it may be in already: equal in 64 bits */
  add(hash: Uint32Array): boolean {
    if (this.#size * 4 > this.#slots.length) this.#grow();
    // A slot of two zeros is an empty one.
    const [high, low] = [hash[0] as number, (hash[1] as number) || 1];
    if (!insert(this.#slots, high, low)) return false;
    this.#size += 1;
    return true;
  }

  #grow(): void {
    const old = this.#slots;
    const slots = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += 2) if (old[at + 1] !== 0) insert(slots, old[at] as number, old[at + 1] as number);
    this.#slots = slots;
  }
}

function insert(slots: Uint32Array, high: number, low: number): boolean {
  const mask = slots.length / 2 - 1;
  for (let slot = high & mask; ; slot = (slot + 1) & mask) {
    const there = slots[slot * 2 + 1];
    if (there === 0) {
      slots[slot * 2] = high;
      slots[slot * 2 + 1] = low;
      return true;
    }
    if (there === low && slots[slot * 2] === high) return false;
  }
}
