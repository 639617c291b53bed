import { loadXxhash } from "./native.js";
import type { XxhashAddon } from "./native.js";

let addon: XxhashAddon | undefined;

/**
 * XXH3-128 (seed 0) as 16 bytes, big-endian: `abc` gives `06b05ab6733a618578af5f94892f3950`. Like `xxh3`, it never hands the add-on anything but
 * a Buffer, on which alone it does not crash.
 */
export function xxh3of128(bytes: Buffer): Buffer {
  if (!Buffer.isBuffer(bytes)) throw new TypeError("xxh3of128 takes a Buffer");
  addon ??= loadXxhash();
  return addon.XXHash128.hash(bytes);
}
