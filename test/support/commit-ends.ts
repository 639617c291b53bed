/** Where the commits of a segment end, and at which seq: found by the closing lines alone, without any code of the log. */
export function commitEnds(segment: Buffer): { readonly offset: number; readonly seq: number }[] {
  const ends: { offset: number; seq: number }[] = [];
  let start = segment.indexOf(0x0a) + 1;
  for (let lf = segment.indexOf(0x0a, start); lf !== -1; lf = segment.indexOf(0x0a, start)) {
    const line = segment.toString("utf8", start, lf);
    if (/,"hash":"[0-9a-f]{16}"\}$/.test(line)) ends.push({ offset: lf + 1, seq: (JSON.parse(line) as { seq: number }).seq });
    start = lf + 1;
  }
  return ends;
}
