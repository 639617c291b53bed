import { pipeline, Readable } from "node:stream";
import { createGunzip, createGzip } from "node:zlib";
import type { Transform } from "node:stream";

/** A content compressed. `level` 1 to 9. Ends the source when its own end is not awaited. */
export const gzipped = (content: AsyncIterable<Uint8Array>, level?: number): AsyncGenerator<Uint8Array, void, void> => through(content, () => createGzip(level === undefined ? {} : { level }));

/** What was compressed. @throws errors whose codes begin with `Z_` for what gzip has not made */
export const gunzipped = (content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> => through(content, createGunzip);

async function* through(content: AsyncIterable<Uint8Array>, start: () => Transform): AsyncGenerator<Uint8Array, void, void> {
  const source = Readable.from(content, { objectMode: false });
  // An error of either side destroys the other; it comes out of the iteration below.
  const piped = pipeline(source, start(), () => undefined);
  try {
    for await (const chunk of piped as AsyncIterable<Uint8Array>) yield chunk;
  } finally {
    piped.destroy();
    source.destroy();
  }
}
