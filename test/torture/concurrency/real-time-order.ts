/** An operation with its place in the one order that the log gives to everything. */
export interface Placed {
  readonly what: string;
  /** A seq; a reading stands behind the last event that it saw, at a half. */
  readonly place: number;
  readonly called: number;
  readonly returned: number;
}

/**
 * The order of the log against the order of time: what had returned before something else began must stand before it. As the log
 * itself says in which order everything took effect, this is all that linearisability asks of appends and heads; one sweep tells.
 */
export function orderProblems(operations: readonly Placed[]): string[] {
  const problems: string[] = [];
  const byPlace = [...operations].sort((a, b) => b.place - a.place);
  let earliest: Placed | undefined;
  for (let index = 0; index < byPlace.length; ) {
    // Those at one place are in no order.
    const place = byPlace[index]?.place;
    const together: Placed[] = [];
    for (; byPlace[index]?.place === place; index += 1) together.push(byPlace[index] as Placed);
    for (const one of together) {
      if (earliest !== undefined && earliest.returned < one.called) {
        problems.push(`${one.what} took its place at ${one.place}, but had not begun when ${earliest.what}, at ${earliest.place}, had returned`);
      }
    }
    for (const one of together) if (earliest === undefined || one.returned < earliest.returned) earliest = one;
  }
  return problems;
}
