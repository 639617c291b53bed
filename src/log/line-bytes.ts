/** Reading parts of an event line as bytes, without making strings of what is not needed. All places are offsets in the buffer. */

const [quote, backslash, openBrace, closeBrace, openBracket, closeBracket] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d];

/** True when the bytes of `key` stand at `at`. */
export function standsAt(bytes: Uint8Array, at: number, key: Uint8Array): boolean {
  for (let index = 0; index < key.length; index += 1) if (bytes[at + index] !== key[index]) return false;
  return true;
}

/** True when `length` bytes are the same at two places; their ends are compared first. */
export function sameBytes(bytes: Uint8Array, one: number, other: number, length: number): boolean {
  for (let index = length - 1; index >= 0; index -= 1) if (bytes[one + index] !== bytes[other + index]) return false;
  return true;
}

/** Where a string whose content begins at `start` has its closing quote; -1 when there is none before `limit`, or an escape first. */
export function plainTextEnd(bytes: Uint8Array, start: number, limit: number): number {
  for (let at = start; at < limit; at += 1) {
    const byte = bytes[at] as number;
    if (byte === quote) return at;
    if (byte === backslash || byte < 0x20) return -1;
  }
  return -1;
}

/** Behind the object that opens at `start`, by its brackets alone; -1 when it is not closed before `limit`. Its text may still be no JSON. */
export function objectEnd(bytes: Uint8Array, start: number, limit: number): number {
  let depth = 0;
  for (let at = start; at < limit; at += 1) {
    switch (bytes[at] as number) {
      case quote:
        at = stringEnd(bytes, at + 1, limit);
        if (at === -1) return -1;
        break;
      case openBrace:
      case openBracket:
        depth += 1;
        break;
      case closeBrace:
      case closeBracket:
        depth -= 1;
        if (depth === 0) return at + 1;
        break;
    }
  }
  return -1;
}

/** The closing quote of a string whose content begins at `start`. */
function stringEnd(bytes: Uint8Array, start: number, limit: number): number {
  for (let at = start; at < limit; at += 1) {
    const byte = bytes[at];
    if (byte === quote) return at;
    if (byte === backslash) at += 1;
  }
  return -1;
}
