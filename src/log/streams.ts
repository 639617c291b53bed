/** True for a stream itself, and for whatever lies below it. */
export function isWithin(stream: string, whole: string): boolean {
  return stream.startsWith(whole) && (stream.length === whole.length || stream.charCodeAt(whole.length) === 0x2f);
}
