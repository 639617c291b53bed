import { isWellFormed } from "../../../events/text.js";
import { xxh3of128 } from "../../../log/xxh3-128.js";

/** Under this name digests of data states are recorded. */
export const dataAlgorithm = "data-1";

/** Lines are encoded here, one after another; it grows to the longest. */
let scratch = Buffer.allocUnsafe(4096);

/** XXH3-128 of the line as UTF-8. Takes a line without lone surrogates. */
export function hashLine(line: string): Buffer {
  if (line.length * 3 > scratch.length) scratch = Buffer.allocUnsafe(line.length * 6);
  return xxh3of128(scratch.subarray(0, scratch.write(line)));
}

/** True when UTF-8 has a form for the text. */
export const isEncodable = (text: string): boolean => isWellFormed(text);

/**
 * The sum of the hashes of lines, modulo 2^128: in whatever order they come, and a line can be taken out again. Two sets of lines have the same sum with the
 * chance that any two digests of 128 bits have; it protects against accidents, and not against somebody who makes up uids for that.
 */
export class LineSum {
  readonly #words = new Uint32Array(4);
  #count = 0;

  /** How many lines are in it. */
  get count(): number {
    return this.#count;
  }

  /** Puts a line in, by its hash. */
  add(hash: Buffer): void {
    const words = this.#words;
    let carry = 0;
    for (let index = 3; index >= 0; index -= 1) {
      const sum = (words[index] as number) + hash.readUInt32BE(index * 4) + carry;
      words[index] = sum;
      carry = sum > 0xffffffff ? 1 : 0;
    }
    this.#count += 1;
  }

  /** Takes a line out that is in it. */
  subtract(hash: Buffer): void {
    const words = this.#words;
    let borrow = 0;
    for (let index = 3; index >= 0; index -= 1) {
      const rest = (words[index] as number) - hash.readUInt32BE(index * 4) - borrow;
      words[index] = rest;
      borrow = rest < 0 ? 1 : 0;
    }
    this.#count -= 1;
  }

  /** The digest: XXH3-128 over the algorithm's name, the count and the sum, as 32 hex digits. */
  digest(): string {
    const sum = [...this.#words].map((word) => word.toString(16).padStart(8, "0")).join("");
    return xxh3of128(Buffer.from(`${dataAlgorithm} ${this.#count} ${sum}`)).toString("hex");
  }
}
