/** FNV-1a, of 32 bits. */
const [basis, prime] = [0x811c9dc5, 0x01000193];

/** A number for a stream's name that stands in bytes, for telling most others from it without making a text of them. */
export function streamHash(bytes: Uint8Array, start: number, end: number): number {
  let hash = basis;
  for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), prime);
  return hash;
}

/** As {@link streamHash}, of a text. */
export function streamHashOf(stream: string): number {
  const bytes = Buffer.from(stream, "utf8");
  return streamHash(bytes, 0, bytes.length);
}
