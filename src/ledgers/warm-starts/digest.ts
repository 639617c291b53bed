import { createHash, hash as hashAtOnce } from "node:crypto";
import type { Hash } from "node:crypto";

/** So much is gathered: a call of the hash costs as much as hashing a few hundred bytes. */
const gatheredBytes = 4096;
/** The hash takes no more than 2^31 bytes in one call. */
const bytesAtOnce = 64 * 1024 * 1024;

/** A SHA-256 over bytes that come in many small pieces. */
export class Digest {
  #gathered = Buffer.allocUnsafe(256);
  #filled = 0;
  #hash: Hash | undefined;

  /** Takes bytes in as they are now. */
  add(bytes: Uint8Array): void {
    if (this.#filled + bytes.length > this.#gathered.length && !this.#grow(bytes.length)) {
      this.#update(this.#gathered.subarray(0, this.#filled));
      this.#filled = 0;
    }
    if (bytes.length > this.#gathered.length) {
      for (let from = 0; from < bytes.length; from += bytesAtOnce) this.#update(bytes.subarray(from, from + bytesAtOnce));
      return;
    }
    this.#gathered.set(bytes, this.#filled);
    this.#filled += bytes.length;
  }

  /** The digest of what was taken in so far, 64 hex digits; more may follow. */
  hex(): string {
    const rest = this.#gathered.subarray(0, this.#filled);
    return this.#hash === undefined ? hashAtOnce("sha256", rest, "hex") : this.#hash.copy().update(rest).digest("hex");
  }

  /** Makes room for so many more bytes, where that is worth it. */
  #grow(more: number): boolean {
    const wanted = this.#filled + more;
    if (wanted > gatheredBytes) return false;
    const larger = Buffer.allocUnsafe(Math.min(gatheredBytes, Math.max(wanted, 2 * this.#gathered.length)));
    larger.set(this.#gathered.subarray(0, this.#filled));
    this.#gathered = larger;
    return true;
  }

  #update(bytes: Uint8Array): void {
    this.#hash ??= createHash("sha256");
    this.#hash.update(bytes);
  }
}
