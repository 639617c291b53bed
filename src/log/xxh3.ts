import { loadXxhash } from "./native.js";
import type { XxhashAddon } from "./native.js";

let addon: XxhashAddon | undefined;

const seed = Buffer.alloc(4);

/** As {@link xxh3}, over parts that are taken one after another. */
export function xxh3OfParts(parts: Iterable<Buffer>): string {
  addon ??= loadXxhash();
  const hasher = new addon.XXHash3(seed);
  for (const part of parts) {
    if (!Buffer.isBuffer(part)) throw new TypeError("xxh3 takes a Buffer");
    hasher.update(part);
  }
  return hasher.digest().toString("hex");
}

/**
 * XXH3-64 (seed 0) as 16 lower-case hex digits, big-endian: `abc` gives `78af5f94892f3950`.
 * The only place that calls the add-on, because the add-on crashes the process on anything but a Buffer.
 */
export function xxh3(bytes: Buffer): string {
  if (!Buffer.isBuffer(bytes)) throw new TypeError("xxh3 takes a Buffer");
  addon ??= loadXxhash();
  return addon.XXHash3.hash(bytes).toString("hex");
}
