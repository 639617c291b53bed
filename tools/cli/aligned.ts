/** Labels and values, one pair a line, the values below each other; pairs without a value are left out. */
export function aligned(pairs: readonly (readonly [label: string, value: string])[]): string[] {
  const said = pairs.filter(([, value]) => value !== "");
  const width = said.reduce((most, [label]) => Math.max(most, label.length), 0);
  return said.map(([label, value]) => `${label.padEnd(width)}  ${value}`);
}
