/** What streams of warm starts are called. */

const keyPattern = /^[0-9a-f]{64}$/;

/** The stream of a key: `warm-start/KEY`. Takes 64 hex digits. */
export const warmStartStream = (key: string): string => `warm-start/${key}`;

/** The key of a stream; undefined for every other stream. */
export function parseWarmStartStream(stream: string): string | undefined {
  const key = stream.startsWith("warm-start/") ? stream.slice("warm-start/".length) : "";
  return keyPattern.test(key) ? key : undefined;
}
