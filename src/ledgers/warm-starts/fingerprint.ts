import { InvalidOptionError, preview } from "../../base/errors.js";

const hexDigits = /^[0-9a-f]{64}$/i;

/** What says which problem a fit is of: a SHA-256. Made by a `Fingerprinter`, or of its 64 hex digits. */
export class Fingerprint {
  readonly #hex: string;

  private constructor(hex: string) {
    this.#hex = hex;
  }

  /** Takes 64 hex digits, in small or capital letters. @throws InvalidOptionError for everything else */
  static fromHex(hex: string): Fingerprint {
    return new Fingerprint(hexOf("hex", hex));
  }

  /** 64 hex digits, in small letters. */
  toHex(): string {
    return this.#hex;
  }

  /** As {@link toHex}. */
  toString(): string {
    return this.#hex;
  }

  /** As {@link toHex}. */
  toJSON(): string {
    return this.#hex;
  }

  /** What `console.log` shows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `Fingerprint(${this.#hex})`;
  }

  /** True for a fingerprint of the same digits; false for everything else. */
  equals(other: unknown): boolean {
    return other instanceof Fingerprint && other.#hex === this.#hex;
  }

  /** @internal The hex digits of what a caller gives as a key: a fingerprint, of this copy of the package or of another, or its digits. @throws InvalidOptionError */
  static hexOf(field: string, key: unknown): string {
    if (key instanceof Fingerprint) return key.#hex;
    const { toHex } = (typeof key === "object" && key !== null ? key : {}) as Partial<Fingerprint>;
    return hexOf(field, typeof toHex === "function" ? toHex.call(key) : key);
  }
}

function hexOf(field: string, value: unknown): string {
  if (typeof value === "string" && hexDigits.test(value)) return value.toLowerCase();
  throw new InvalidOptionError(field, `must be a fingerprint, or its 64 hex digits, not ${preview(value)}`);
}
