/**
 * XXH3-128 (seed 0) of 4 to 128 bytes, in JavaScript: for short inputs by the million, of which the call of the add-on takes four times as long as the
 * hash. It is XXH3 as its specification has it, 64-bit words as two halves; tests hold it against the add-on for every length.
 */

/** What the algorithm calls its secret, as words of 32 bits, as far as short inputs need it. */
const secret = Uint32Array.of(
  ...[0x396cfeb8, 0xbe4ba423, 0x2c81017c, 0x1cad21f7, 0xe96dd4de, 0xdb979083, 0xa4a44072, 0x1f67b3b7, 0x4ee679cb, 0x78e5c0cc, 0x7dd05a82, 0x2172ffcc, 0x744608b8, 0x8e2443f7],
  ...[0xe69035e0, 0x4c263a81, 0xbb52283c, 0xcb00c391, 0x8b65d088, 0xa32e531b, 0x97486471, 0x4ef90da2, 0x46ef1938, 0xd8acdea9, 0x3f76faa8, 0x3f349ce3, 0xc7bbdcf9, 0x1d4f0bc7],
  ...[0x4be0518a, 0x3159b4cd, 0xc97e9fc8, 0x647378d9],
);
const word = (index: number): number => secret[index] as number;
const two32 = 2 ** 32;

// The results of the functions below, so that they allocate nothing.
let [r0, r1, r2, r3] = [0, 0, 0, 0];

/** The hash of `bytes` up to `length`, from 4 to 128, as four words in `out`, the highest first. */
export function xxh3Short(bytes: DataView, length: number, out: Uint32Array): void {
  if (length > 16) upTo128(bytes, length, out);
  else if (length > 8) upTo16(bytes, length, out);
  else upTo8(bytes, length, out);
}

/** The high word of a product of two words. */
function high(a: number, b: number): number {
  return Math.floor((a * (b >>> 16) + Math.floor((a * (b & 0xffff)) / 65536)) / 65536);
}

/** 64 by 64 bits: the product's four words, `r0` the lowest. */
function multiply(ah: number, al: number, bh: number, bl: number): void {
  const middle = high(al, bl) + (Math.imul(al, bh) >>> 0) + (Math.imul(ah, bl) >>> 0);
  const upper = high(al, bh) + high(ah, bl) + (Math.imul(ah, bh) >>> 0) + Math.floor(middle / two32);
  r0 = Math.imul(al, bl) >>> 0;
  r1 = middle >>> 0;
  r2 = upper >>> 0;
  r3 = (high(ah, bh) + Math.floor(upper / two32)) >>> 0;
}

/** 64 by 64 bits, of which the low 64 are kept: `r1`, `r0`. */
function multiplyLow(ah: number, al: number, bh: number, bl: number): void {
  r0 = Math.imul(al, bl) >>> 0;
  r1 = (high(al, bl) + Math.imul(al, bh) + Math.imul(ah, bl)) >>> 0;
}

/** The algorithm's last stirring of 64 bits: `r1`, `r0`. */
function avalanche(h: number, l: number): void {
  multiplyLow(h, (l ^ (h >>> 5)) >>> 0, 0x16566791, 0x9e3779f9);
  r0 = (r0 ^ r1) >>> 0;
}

/** 16 bytes stirred with 16 of the secret, and folded to 64 bits: `r1`, `r0`. */
function mix(bytes: DataView, at: number, key: number): void {
  multiply(
    (bytes.getUint32(at + 4, true) ^ word(key + 1)) >>> 0,
    (bytes.getUint32(at, true) ^ word(key)) >>> 0,
    (bytes.getUint32(at + 12, true) ^ word(key + 3)) >>> 0,
    (bytes.getUint32(at + 8, true) ^ word(key + 2)) >>> 0,
  );
  r0 = (r0 ^ r2) >>> 0;
  r1 = (r1 ^ r3) >>> 0;
}

function upTo128(bytes: DataView, length: number, out: Uint32Array): void {
  multiplyLow(0, length, 0x9e3779b1, 0x85ebca87);
  let [ll, lh, hl, hh] = [r0, r1, 0, 0];
  for (let round = (length - 1) >>> 5; round >= 0; round -= 1) {
    const [front, back, key] = [round * 16, length - 16 - round * 16, round * 8];
    mix(bytes, front, key);
    let low = ll + r0;
    lh = (lh + r1 + (low >= two32 ? 1 : 0)) >>> 0;
    low = low >>> 0;
    let other = bytes.getUint32(back, true) + bytes.getUint32(back + 8, true);
    lh = (lh ^ (bytes.getUint32(back + 4, true) + bytes.getUint32(back + 12, true) + (other >= two32 ? 1 : 0))) >>> 0;
    ll = (low ^ other) >>> 0;
    mix(bytes, back, key + 4);
    low = hl + r0;
    hh = (hh + r1 + (low >= two32 ? 1 : 0)) >>> 0;
    low = low >>> 0;
    other = bytes.getUint32(front, true) + bytes.getUint32(front + 8, true);
    hh = (hh ^ (bytes.getUint32(front + 4, true) + bytes.getUint32(front + 12, true) + (other >= two32 ? 1 : 0))) >>> 0;
    hl = (low ^ other) >>> 0;
  }
  const low = ll + hl;
  avalanche((lh + hh + (low >= two32 ? 1 : 0)) >>> 0, low >>> 0);
  out[3] = r0;
  out[2] = r1;
  multiplyLow(lh, ll, 0x9e3779b1, 0x85ebca87);
  let [sum, carried] = [r0, r1];
  multiplyLow(hh, hl, 0x85ebca77, 0xc2b2ae63);
  sum += r0;
  carried += r1;
  multiplyLow(0, length, 0xc2b2ae3d, 0x27d4eb4f);
  sum += r0;
  avalanche((carried + r1 + Math.floor(sum / two32)) >>> 0, sum >>> 0);
  out[1] = -r0;
  out[0] = -r1 - (r0 === 0 ? 0 : 1);
}

function upTo16(bytes: DataView, length: number, out: Uint32Array): void {
  let [bl, bh] = [bytes.getUint32(length - 8, true), bytes.getUint32(length - 4, true)];
  const [al, ah] = [bytes.getUint32(0, true) ^ bl ^ word(8) ^ word(10), bytes.getUint32(4, true) ^ bh ^ word(9) ^ word(11)];
  multiply(ah >>> 0, al >>> 0, 0x9e3779b1, 0x85ebca87);
  const [ll, lh] = [r0, (r1 + ((length - 1) << 22)) >>> 0];
  bl = (bl ^ word(12) ^ word(14)) >>> 0;
  bh = (bh ^ word(13) ^ word(15)) >>> 0;
  // What the specification adds, the word times a prime less one and the word, is the word times that prime.
  const low = r2 + (Math.imul(bl, 0x85ebca77) >>> 0);
  const upper = (r3 + bh + high(bl, 0x85ebca77) + (low >= two32 ? 1 : 0)) >>> 0;
  const lower = low >>> 0;
  multiply((lh ^ swap(lower)) >>> 0, (ll ^ swap(upper)) >>> 0, 0xc2b2ae3d, 0x27d4eb4f);
  const [p0, p1, p2, p3] = [r0, r1, r2, r3];
  multiplyLow(upper, lower, 0xc2b2ae3d, 0x27d4eb4f);
  const sum = p2 + r0;
  avalanche((p3 + r1 + (sum >= two32 ? 1 : 0)) >>> 0, sum >>> 0);
  out[1] = r0;
  out[0] = r1;
  avalanche(p1, p0);
  out[3] = r0;
  out[2] = r1;
}

function upTo8(bytes: DataView, length: number, out: Uint32Array): void {
  const [al, ah] = [bytes.getUint32(0, true) ^ word(4) ^ word(6), bytes.getUint32(length - 4, true) ^ word(5) ^ word(7)];
  multiply(ah >>> 0, al >>> 0, 0x9e3779b1, 0x85ebca87 + length * 4);
  const low = r2 + ((r0 << 1) >>> 0);
  const upper = (r3 + ((r1 << 1) | (r0 >>> 31)) + (low >= two32 ? 1 : 0)) >>> 0;
  const lower = low >>> 0;
  const l = (r0 ^ ((lower >>> 3) | (upper << 29))) >>> 0;
  const h = (r1 ^ (upper >>> 3)) >>> 0;
  multiplyLow(h, (l ^ (h >>> 3)) >>> 0, 0x9fb21c65, 0x1e98df25);
  out[3] = r0 ^ ((r0 >>> 28) | (r1 << 4));
  out[2] = r1 ^ (r1 >>> 28);
  avalanche(upper, lower);
  out[1] = r0;
  out[0] = r1;
}

/** The four bytes of a word the other way round. */
const swap = (value: number): number => ((value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
