/** The last place in a row at which what held before still holds; -1 when it never does. */
export function lastIndex<T>(row: readonly T[], holds: (one: T) => boolean): number {
  let low = 0;
  let high = row.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(row[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
