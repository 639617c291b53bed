/** A curve through the series, fitted by the Levenberg-Marquardt method of the npm package `ml-levenberg-marquardt`. */
import { levenbergMarquardt } from "ml-levenberg-marquardt";
import { type Fingerprint, Fingerprinter } from "../../src/warm-starts.js";
import type { Series } from "./series.js";

/** Which curve, and how it is fitted: another text is another problem. */
const METHOD = "exponential growth, and a year's wave with its first overtone; levenberg-marquardt, damping 300";

/** Where a fit begins that knows nothing. */
export const COLD_START: readonly number[] = [300, 10, 1, 0, 0, 0, 0, 1, 0];

/** The optimizer runs so many iterations at a time; after each of these slices the iterate can be saved. */
const ITERATIONS_PER_SLICE = 4;
const DAMPING = 300;
/** By how much each parameter is moved to see what it does. */
const DIFFERENCES = [1e-3, 1e-3, 1e-5, 1e-4, 1e-4, 1e-4, 1e-4, 1e-6, 1e-4];
/** A slice that makes the error smaller by less than this part of it was the last one. */
const LEAST_GAIN = 1e-9;

/** The level, growth in per cent a year, sine and cosine of the wave and its overtone, its period in years, and how its height grows. */
function curve([base = 0, rise = 0, growth = 0, s1 = 0, c1 = 0, s2 = 0, c2 = 0, period = 1, widening = 0]: readonly number[]): (year: number) => number {
  const turn = (2 * Math.PI) / period;
  return (year) => base + rise * Math.exp((growth * year) / 100) + (1 + (widening * year) / 100) * (s1 * Math.sin(turn * year) + c1 * Math.cos(turn * year) + s2 * Math.sin(2 * turn * year) + c2 * Math.cos(2 * turn * year));
}

/** How far the curve is from the months, squared and summed: what is minimised. */
export function squaredError({ x, y }: Series, parameters: readonly number[]): number {
  const at = curve(parameters);
  return x.reduce((sum, year, index) => sum + ((y[index] ?? NaN) - at(year)) ** 2, 0);
}

/** The same in parts per million, as people read it. */
export const typicalError = (series: Series, error: number): number => Math.sqrt(error / series.x.length);

/** A fit, as far as it is. */
export interface Iterate {
  readonly parameters: readonly number[];
  readonly error: number;
  /** Of this fit, not counting those of the fits that it went on from. */
  readonly iterations: number;
}

/** Fits slice by slice, until a slice gains nothing. Each depends on the parameters before it alone: a fit that is taken up again goes the same way. */
export function* slices(series: Series, start: readonly number[]): Generator<Iterate, Iterate, void> {
  const data = { x: [...series.x], y: [...series.y] };
  let iterate: Iterate = { parameters: start, error: squaredError(series, start), iterations: 0 };
  for (;;) {
    const { parameterValues, iterations } = levenbergMarquardt(data, (parameters) => curve(parameters), {
      initialValues: [...iterate.parameters],
      maxIterations: ITERATIONS_PER_SLICE,
      damping: DAMPING,
      gradientDifference: DIFFERENCES,
      centralDifference: true,
      errorTolerance: 1e-12,
    });
    const next = { parameters: parameterValues, error: squaredError(series, parameterValues), iterations: iterate.iterations + iterations };
    if (!(iterate.error - next.error > LEAST_GAIN * iterate.error)) return { ...iterate, iterations: next.iterations };
    yield (iterate = next);
  }
}

/** A fit from `start` to its end. */
export function fit(series: Series, start: readonly number[] = COLD_START): Iterate {
  const steps = slices(series, start);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** What names the problem: the method and every number of the data. */
export function problemOf({ x, y }: Series): Fingerprint {
  const matrix = Float64Array.from(x.flatMap((year, index) => [year, y[index] ?? NaN]));
  return new Fingerprinter().absorbTag("co2").absorbStr("method", METHOD).absorbF64Slice("cold start", Float64Array.from(COLD_START)).absorbF64Matrix("series", x.length, 2, matrix).finalize();
}

/** Parameters as a payload, and back. */
export const toPayload = (parameters: readonly number[]): Uint8Array => new Uint8Array(Float64Array.from(parameters).buffer);
export const fromPayload = (payload: Uint8Array): number[] => [...new Float64Array(Uint8Array.from(payload).buffer)];
