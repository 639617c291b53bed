import type { JsonObject } from "../src/index.js";

/** An event of the workload; the same for daybook and for every peer. */
export interface BenchEvent {
  readonly stream: string;
  readonly type: string;
  readonly data: JsonObject;
}

/** How a workload is cut into runs. */
export interface Workload {
  /** Events of each run. */
  readonly perRun: number;
  /** `run` for the ledger's own types, which the built-in projections fold; `trial` for the same events as an application's. */
  readonly noun: "run" | "trial";
  /** As they come, 8 runs in turn; or each event of whichever run among so many. Default: in turn. */
  readonly scatteredOver?: number;
}

export const standardWorkload: Workload = { perRun: 100, noun: "run" };

/** So many runs go on at the same time, an event of each in turn. */
const runsAtOnce = 8;
/** Of 97 events between a run's begin and its end: 42 metrics, 35 samples, 20 epochs. */
const [metricsShare, samplesShare, cycle] = [42, 77, 97];

/** The share of each type in the standard workload, in words. */
export const mixOf = "1 % run.allocated, 2 % run.status-changed, 42 % run.metrics-recorded, 35 % sample.measured, 20 % epoch.ended";

/** Event number `index`, from 0. A function of its arguments alone. */
export function eventAt(index: number, { perRun, noun, scatteredOver }: Workload): BenchEvent {
  const within = index % (runsAtOnce * perRun);
  const inTurn = Math.floor(index / (runsAtOnce * perRun)) * runsAtOnce + (within % runsAtOnce) + 1;
  const run = scatteredOver === undefined ? inTurn : 1 + Math.floor(scattered(index, 8) * scatteredOver);
  const step = Math.floor(within / runsAtOnce);
  const uid = String(run).padStart(4, "0");
  const stream = `${noun}/train/${uid}`;
  if (step === 0) return { stream, type: `${noun}.allocated`, data: allocation(uid, index) };
  if (step === 1) return { stream, type: `${noun}.status-changed`, data: { status: "RUNNING" } };
  if (step === perRun - 1) return { stream, type: `${noun}.status-changed`, data: { status: "DONE" } };
  const kind = (step * 61) % cycle;
  if (kind < metricsShare) return { stream, type: `${noun}.metrics-recorded`, data: metrics(step, index) };
  if (kind < samplesShare) return { stream: `sample/train/${uid}`, type: "sample.measured", data: sample(step, index) };
  return { stream: `epoch/train/${uid}`, type: "epoch.ended", data: epoch(step, index) };
}

/** Events `from` up to, not including, `to`. */
export function eventsBetween(from: number, to: number, workload: Workload): BenchEvent[] {
  return Array.from({ length: to - from }, (_, index) => eventAt(from + index, workload));
}

/** Runs among the first `count` events. */
export function runsAmong(count: number, { perRun }: Workload): number {
  const blocks = Math.floor(count / (runsAtOnce * perRun));
  return blocks * runsAtOnce + Math.min(runsAtOnce, count - blocks * runsAtOnce * perRun);
}

/** A number in [0, 1) with about nine digits, scattered. */
function scattered(index: number, salt: number): number {
  let mixed = Math.imul(index ^ (salt * 0x9e3779b9), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

function allocation(uid: string, index: number): JsonObject {
  const hash = Array.from({ length: 8 }, (_, part) => Math.floor(scattered(index, part + 11) * 2 ** 32).toString(16).padStart(8, "0")).join("");
  return { uid, paramHash: hash, params: { lr: rounded(scattered(index, 1) / 10, 4), layers: [64, 32] } };
}

function metrics(step: number, index: number): JsonObject {
  const loss = rounded(scattered(index, 2), 6);
  return { metrics: { loss, accuracy: rounded(1 - loss / 2, 6), rate: 0.001, throughput: 1280, seconds: rounded(scattered(index, 3) * 60, 3) }, step };
}

function sample(step: number, index: number): JsonObject {
  // Half a per cent is not ASCII, as text that people write.
  const remark = index % 70 === 0 ? "après réglage, 21 µm ✓" : "as planned, nothing to add";
  return { sensor: `bench-${step % 4}`, celsius: rounded(20 + scattered(index, 4) * 5, 2), humidity: rounded(scattered(index, 5), 4), ok: index % 13 !== 0, place: "hall 2", remark };
}

function epoch(step: number, index: number): JsonObject {
  return { epoch: step, batches: 128 + (index % 7), seconds: rounded(scattered(index, 6) * 90, 3), gradient: rounded(scattered(index, 7), 6), host: "node7", device: "gpu:0" };
}
