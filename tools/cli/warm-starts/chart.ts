/** How a chart is drawn. */
export interface ChartSize {
  /** Columns for the line, besides the labels. */
  readonly width: number;
  /** Rows, at least 2. */
  readonly height: number;
}

/** A drawn chart: labels and axis of each line, and the line's part of it. */
export interface Chart {
  readonly rows: readonly (readonly [axis: string, line: string])[];
  readonly scale: "linear" | "log";
}

/** A value stands on so many columns at most. */
const widestStep = 8;
/** Few different values need few rows. */
const rowsPerValue = 2;
/** From this ratio on a linear scale would show a fall and then a flat line. */
const logFrom = 100;

/** Values in their order as a line, from left to right; none for fewer than two. Finite values only; any size will do. */
export async function drawChart(values: readonly number[], { width, height }: ChartSize): Promise<Chart | undefined> {
  if (values.length < 2) return undefined;
  const { default: asciichart } = await import("asciichart");
  const [least, most] = values.reduce<[number, number]>(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
  const scale = least > 0 && most / least >= logFrom ? "log" : "linear";
  const [to, from] = scale === "log" ? [Math.log, Math.exp] : [asIs, asIs];
  // Halves: the distance of two numbers may be none.
  const [low, span] = [to(least) / 2, to(most) / 2 - to(least) / 2];
  const rows = span > 0 ? Math.max(1, Math.min(height, rowsPerValue * new Set(values).size) - 1) : 0;
  // asciichart is given rows: what it makes of very small, very large and equal numbers itself is of little use.
  const rowOf = (value: number): number => (span > 0 ? Math.round(((to(value) / 2 - low) / span) * rows) : 0);
  const labels = Array.from({ length: rows + 1 }, (_, row) => shortNumber(row === 0 ? most : row === rows ? least : from(2 * (low + span * ((rows - row) / rows)))));
  const widest = Math.max(...labels.map((label) => label.length));
  const columns = Math.min(Math.max(2, width), values.length * widestStep);
  const line = Array.from({ length: columns }, (_, column) => rowOf(values[placeOf(column, columns, values.length)] as number));
  const drawn = asciichart.plot(line, { min: 0, max: rows, height: rows, offset: 2, format: (_, row) => `${(labels[row] ?? "").padStart(widest)} ` });
  const axis = widest + 2;
  return { scale, rows: drawn.split("\n").map((text) => [text.slice(0, axis), text.slice(axis).trimEnd()] as const) };
}

const asIs = (value: number): number => value;

/** The value of a column. The last column has the last value, and the first one the first. */
const placeOf = (column: number, columns: number, values: number): number => (values <= columns ? Math.floor((column * values) / columns) : Math.round((column * (values - 1)) / (columns - 1)));

/** Five digits, as short as they can be written. */
export function shortNumber(value: number): string {
  const rounded = Number(value.toPrecision(5));
  const [plain, exponent] = [String(rounded), rounded.toExponential()];
  return exponent.length < plain.length - 3 ? exponent : plain;
}
