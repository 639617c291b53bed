/**
 * Fits the series as it was known at the beginning of a year, from the best that the log knows: where a fit of the same data left off, else from the result of an
 * earlier year's, else cold. Tells its parent, if it has one, what came out.
 * Usage: node dist/examples/warm-starts/worker.js --root DIR --until YEAR [--halt-at SAVE]
 */
import { parseArgs } from "node:util";
import { WarmStartSession, WarmStartStore } from "../../src/warm-starts.js";
import { haltingStore } from "../checkpoints/halting-store.js";
import { COLD_START, fromPayload, problemOf, slices, toPayload, typicalError } from "./fit.js";
import type { Iterate } from "./fit.js";
import { loadSeries, until } from "./series.js";

/** What a worker tells its parent. */
export interface Fitted {
  readonly iterations: number;
  readonly error: number;
  readonly parameters: readonly number[];
}

/** Years whose results are tried as a start, the nearest first. */
const relatedYears = (year: number): number[] => Array.from({ length: 10 }, (_, index) => year - 1 - index);

async function work(root: string, year: number, haltAt: number | undefined): Promise<Fitted> {
  const all = await loadSeries();
  const series = until(all, year);
  // In the middle of a payload, everything stops: its slot's files are called RUN.SAVE-DIGITS.bin.
  const artifacts = haltAt === undefined ? {} : { artifacts: haltingStore(root, (path) => path.includes(`.${haltAt}-`)) };
  await using store = await WarmStartStore.open(root, { daybook: { participantId: `fit-${year}` }, ...artifacts });
  const session = WarmStartSession.open(store, problemOf(series));
  const show = (error: number): string => `${typicalError(series, error).toFixed(6)} ppm`;

  if ((await session.peekLoad()) === undefined) await session.preloadNearest(relatedYears(year).map((other) => problemOf(until(all, other))));
  const found = await session.tryLoadWithSource();
  if (found?.source === "exact" && found.entry.kind === "final") {
    console.log(`${series.x.length} months: fitted already, ${show(found.entry.objective ?? NaN)}`);
    return { iterations: 0, error: found.entry.objective ?? NaN, parameters: fromPayload(found.entry.payload) };
  }
  // A related problem's objective is of other data: it says nothing here.
  const before = found?.source === "exact" ? (found.entry.iteration ?? 0) : 0;
  console.log(`${series.x.length} months: ${found === undefined ? "nothing to go on from" : found.source === "exact" ? `goes on behind iteration ${before}, ${show(found.entry.objective ?? NaN)}` : "begins where an earlier year's fit ended"}`);

  const steps = slices(series, found === undefined ? COLD_START : fromPayload(found.entry.payload));
  let last: Iterate;
  for (;;) {
    const { done, value } = steps.next();
    last = value;
    if (done === true) break;
    await session.checkpoint(toPayload(value.parameters), value.error, before + value.iterations);
  }
  if (!(await session.finalize(toPayload(last.parameters), last.error, before + last.iterations))) throw new Error("the result could not be saved");
  console.log(`${series.x.length} months: fitted, ${show(last.error)} after ${last.iterations} iterations`);
  return last;
}

const { values } = parseArgs({ options: { root: { type: "string" }, until: { type: "string" }, "halt-at": { type: "string" } } });
const fitted = await work(values.root ?? "results/warm-starts", Number(values.until ?? 2021), values["halt-at"] === undefined ? undefined : Number(values["halt-at"]));
if (process.connected) {
  process.send?.({ fitted });
  process.disconnect();
}
