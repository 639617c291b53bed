/** A deep copy of a JSON value whose objects have their keys in an order that a seed draws. */
export function shuffledKeys<T>(value: T, seed: number): T {
  let state = seed >>> 0;
  // A linear congruential generator: any order will do, as long as it is another one for another seed.
  const next = (below: number): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) % below;
  const copy = (one: unknown): unknown => {
    if (Array.isArray(one)) return one.map(copy);
    if (typeof one !== "object" || one === null) return one;
    const entries = Object.entries(one);
    for (let last = entries.length - 1; last > 0; last -= 1) {
      const other = next(last + 1);
      [entries[last], entries[other]] = [entries[other] as [string, unknown], entries[last] as [string, unknown]];
    }
    return Object.fromEntries(entries.map(([key, entry]) => [key, copy(entry)]));
  };
  return copy(value) as T;
}
