/**
 * What a fingerprint is made of, as bytes. Each absorption is a frame: its type (one byte), the tag's length (u32), the tag; then bytes and texts with their length
 * (u64), numbers as 8 bytes, slices with their length, matrices with rows and columns. All little endian. So a frame ends where it says itself, and different
 * sequences of frames are different bytes.
 */

/** The type byte of each absorption. They are part of what is hashed: none changes, ever. */
export const frameTypes = { tag: 0, bytes: 1, str: 2, u64: 3, f64: 4, f64Slice: 5, f64Matrix: 6, json: 7 } as const;

/** A type byte. */
export type FrameType = (typeof frameTypes)[keyof typeof frameTypes];

/** The largest number of 64 bits. */
export const maxU64 = 0xffff_ffff_ffff_ffffn;

const floatsAtOnce = 8192;
const oneNaN = 0x7ff8_0000_0000_0000n;
const isBigEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 0;

/** How a frame begins: its type, its tag, and the numbers that come before its content. */
export function frameHead(type: FrameType, tag: Uint8Array, numbers: readonly bigint[] = []): Uint8Array {
  const head = Buffer.allocUnsafe(5 + tag.length + 8 * numbers.length);
  head.writeUInt8(type, 0);
  head.writeUInt32LE(tag.length, 1);
  head.set(tag, 5);
  numbers.forEach((number, index) => head.writeBigUInt64LE(number, 5 + tag.length + 8 * index));
  return head;
}

/** Doubles as bytes, some at a time; each piece is valid until the next is asked for. Every NaN is the same one; -0 and 0 are two numbers. */
export function* floatBytes(values: Float64Array): Generator<Uint8Array, void, void> {
  const floats = new Float64Array(Math.min(values.length, floatsAtOnce));
  const words = new BigUint64Array(floats.buffer);
  for (let from = 0; from < values.length; from += floatsAtOnce) {
    const part = values.subarray(from, from + floatsAtOnce);
    floats.set(part);
    // A NaN has 2^52 forms, and which one an engine has at hand is its own affair.
    for (let index = 0; index < part.length; index += 1) if (Number.isNaN(floats[index])) words[index] = oneNaN;
    const bytes = Buffer.from(floats.buffer, 0, 8 * part.length);
    if (isBigEndian) bytes.swap64();
    yield bytes;
  }
}
