import { isWellFormed } from "../../../events/text.js";
import { xxh3of128 } from "../../../log/xxh3-128.js";
import { xxh3Short } from "../../../log/xxh3-short.js";
import { formatLine } from "./sample-line.js";

/** Under this name digests of data states are recorded. */
export const dataAlgorithm = "data-1";

/** Lines are encoded here, one after another; it grows to the longest. */
let scratch = Buffer.alloc(1024);
let view = new DataView(scratch.buffer, scratch.byteOffset, scratch.byteLength);

/** The last hash that was asked for. */
const words = new Uint32Array(4);

/** XXH3-128 of a line as UTF-8, as four words, the highest first; they are written over by the next call. Takes a line without lone surrogates. */
export function hashLine(line: string): Uint32Array {
  if (line.length * 3 > scratch.length) {
    scratch = Buffer.alloc(line.length * 6);
    view = new DataView(scratch.buffer, scratch.byteOffset, scratch.byteLength);
  }
  return hashScratch(scratch.write(line));
}

/** As {@link hashLine}, of the line of a sample, which is not put together where it is short and nothing in it is escaped or not ASCII. */
export function hashSample(uid: string, status: string): Uint32Array {
  const short = uid !== "" && uid.length + status.length < 128 && writeAscii(uid, 0, true) && writeAscii(status, uid.length + 1, false);
  if (!short) return hashLine(formatLine(uid, status));
  scratch[uid.length] = 0x3a;
  return hashScratch(uid.length + 1 + status.length);
}

/** Writing a short text byte by byte takes a fraction of what a call into Node takes. */
function writeAscii(text: string, from: number, plain: boolean): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    // Separators, line ends and the backslash: see sample-line.ts.
    if (code > 0x7f || (plain && (code === 0x3a || code === 0x2c || code === 0x5c || code === 0x0a || code === 0x0d))) return false;
    scratch[from + at] = code;
  }
  return true;
}

function hashScratch(length: number): Uint32Array {
  if (length >= 4 && length <= 128) xxh3Short(view, length, words);
  else {
    const hash = xxh3of128(scratch.subarray(0, length));
    for (let index = 0; index < 4; index += 1) words[index] = hash.readUInt32BE(index * 4);
  }
  return words;
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
  add(hash: Uint32Array): void {
    const own = this.#words;
    let carry = 0;
    for (let index = 3; index >= 0; index -= 1) {
      const sum = (own[index] as number) + (hash[index] as number) + carry;
      own[index] = sum;
      carry = sum > 0xffffffff ? 1 : 0;
    }
    this.#count += 1;
  }

  /** Takes a line out that is in it. */
  subtract(hash: Uint32Array): void {
    const own = this.#words;
    let borrow = 0;
    for (let index = 3; index >= 0; index -= 1) {
      const rest = (own[index] as number) - (hash[index] as number) - borrow;
      own[index] = rest;
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
