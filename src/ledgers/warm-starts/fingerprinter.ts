import { FingerprintFinalizedError, InvalidOptionError } from "../../base/errors.js";
import { Digest } from "./digest.js";
import { Fingerprint } from "./fingerprint.js";
import { checkedNumber, checkedU64, jsonBytes, plainBytes, plainFloats, tagBytes, textBytes } from "./fingerprint-input.js";
import { floatBytes, frameHead, frameTypes } from "./frames.js";
import type { FrameType } from "./frames.js";

/**
 * Takes in what a problem consists of, piece by piece, and gives its fingerprint: a SHA-256 over frames with type, tag and lengths, so that no two different sequences
 * of calls give the same bytes. A tag is a text (UTF-8) or bytes. What is refused is checked first: nothing of it is taken in. Calls can be chained.
 */
export class Fingerprinter {
  #digest: Digest | undefined = new Digest();

  /** A tag without a value, to set parts apart. @throws InvalidOptionError @throws FingerprintFinalizedError */
  absorbTag(tag: string | Uint8Array): this {
    return this.#absorb(frameTypes.tag, tag, () => []);
  }

  /** @throws InvalidOptionError, also for shared memory and for arrays that have lost theirs @throws FingerprintFinalizedError */
  absorbBytes(tag: string | Uint8Array, bytes: Uint8Array): this {
    return this.#absorb(frameTypes.bytes, tag, () => sized(plainBytes("bytes", bytes)));
  }

  /** A text, as UTF-8; it is not normalised. @throws InvalidOptionError, also for half of a surrogate pair @throws FingerprintFinalizedError */
  absorbStr(tag: string | Uint8Array, text: string): this {
    return this.#absorb(frameTypes.str, tag, () => sized(textBytes("text", text)));
  }

  /** A bigint from 0 to 2^64 - 1, or a safe integer from 0; the same number is the same in both forms. @throws InvalidOptionError @throws FingerprintFinalizedError */
  absorbU64(tag: string | Uint8Array, value: bigint | number): this {
    return this.#absorb(frameTypes.u64, tag, () => [checkedU64("value", value)]);
  }

  /** A double. Every NaN is the same; -0 and 0 differ. @throws InvalidOptionError @throws FingerprintFinalizedError */
  absorbF64(tag: string | Uint8Array, value: number): this {
    return this.#absorb(frameTypes.f64, tag, () => [Float64Array.of(checkedNumber("value", value))]);
  }

  /** Doubles, as of {@link absorbF64}. @throws InvalidOptionError @throws FingerprintFinalizedError */
  absorbF64Slice(tag: string | Uint8Array, values: Float64Array): this {
    return this.#absorb(frameTypes.f64Slice, tag, () => {
      const floats = plainFloats("values", values);
      return [BigInt(floats.length), floats];
    });
  }

  /** A matrix, row after row. @throws InvalidOptionError, also where `values` has not rows times columns elements @throws FingerprintFinalizedError */
  absorbF64Matrix(tag: string | Uint8Array, rows: bigint | number, columns: bigint | number, values: Float64Array): this {
    return this.#absorb(frameTypes.f64Matrix, tag, () => {
      const [height, width, floats] = [checkedU64("rows", rows), checkedU64("columns", columns), plainFloats("values", values)];
      if (height * width !== BigInt(floats.length)) throw new InvalidOptionError("values", `has ${floats.length} elements, not ${height} times ${width}`);
      return [height, width, floats];
    });
  }

  /**
   * A value of JSON, as canonical JSON: the order of keys, -0 and properties that are undefined say nothing.
   * @throws InvalidOptionError for what JSON would change or lose, with its place @throws FingerprintFinalizedError
   */
  absorbJson(tag: string | Uint8Array, value: unknown): this {
    return this.#absorb(frameTypes.json, tag, () => sized(jsonBytes(value)));
  }

  /** The fingerprint of what was taken in so far; more may follow. For the keys of related problems, from the general to the particular. @throws FingerprintFinalizedError */
  prefix(): Fingerprint {
    return Fingerprint.fromHex(this.#open().hex());
  }

  /** The fingerprint; every call after it throws. @throws FingerprintFinalizedError */
  finalize(): Fingerprint {
    const digest = this.#open();
    this.#digest = undefined;
    return Fingerprint.fromHex(digest.hex());
  }

  #open(): Digest {
    if (this.#digest === undefined) throw new FingerprintFinalizedError();
    return this.#digest;
  }

  #absorb(type: FrameType, tag: string | Uint8Array, content: () => readonly (bigint | Float64Array | Uint8Array)[]): this {
    const digest = this.#open();
    const [name, parts] = [tagBytes(tag), content()];
    digest.add(frameHead(type, name, parts.filter((part) => typeof part === "bigint")));
    for (const part of parts) {
      if (part instanceof Float64Array) for (const bytes of floatBytes(part)) digest.add(bytes);
      else if (part instanceof Uint8Array) digest.add(part);
    }
    return this;
  }
}

const sized = (bytes: Uint8Array): readonly [bigint, Uint8Array] => [BigInt(bytes.length), bytes];
