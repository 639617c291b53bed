/** Folds the built-in projections again from a log's first event. */
import * as fs from "node:fs";
import { join } from "node:path";
import type { RecordedEvent } from "../../src/index.js";
import type { Json, JsonObject } from "../../src/events/recorded-event.js";
import { EventRegistry } from "../../src/events/validation.js";
import { FoldState } from "../../src/projections/fold-state.js";
import { builtInProjections } from "../../src/projections/views/built-in.js";
import { cloneRoot } from "../fixtures/clone-root.js";
import { loadSqlite } from "../peers.js";
import { openBook } from "./book.js";
import { argumentsOf, expectEqual, peakResidentMb, report, wayOf } from "./program.js";

/** What came out, and how long it took. */
interface Outcome {
  readonly seconds: number;
  readonly peakMb: number;
  /** The rows of `runs`. */
  readonly rows: readonly Json[];
}

const { way, source, scratch, count } = argumentsOf<{ readonly way: string; readonly source: string; readonly scratch: string; readonly count: number }>();
const pageRows = 5000;

async function rebuildBook(check: boolean): Promise<Outcome> {
  const book = await openBook(cloneRoot(source, join(scratch, "book")), {}, false);
  const begin = performance.now();
  const { ok, seq } = await book.rebuild({ check, parallel: 1 });
  const seconds = (performance.now() - begin) / 1000;
  const peakMb = peakResidentMb();
  expectEqual("rebuild is ok", ok, true);
  expectEqual("seq", seq, count);
  const rows = Object.values((await book.view("runs")) as Record<string, Json>);
  await book.close();
  return { seconds, peakMb, rows };
}

/** Without snapshots, the first question folds everything there is. */
async function firstQuestion(): Promise<Outcome> {
  const root = cloneRoot(source, join(scratch, "book"));
  fs.rmSync(join(root, "snapshots"), { recursive: true });
  const book = await openBook(root, { readOnly: true }, false);
  const begin = performance.now();
  const unknown = await book.runs.findByParamHash("train", "0".repeat(64));
  const seconds = (performance.now() - begin) / 1000;
  const peakMb = peakResidentMb();
  expectEqual("runs with that hash", unknown, undefined);
  const record = await book.runs.getRecord("train", "0001");
  expectEqual("status", record?.status, "DONE");
  const rows = Object.values((await book.view("runs")) as Record<string, Json>);
  await book.close();
  return { seconds, peakMb, rows };
}

type EventRow = Omit<RecordedEvent, "data"> & { readonly data: string };

/** The same folds, fed from pages of a table. */
function foldTable(where: string): Outcome {
  const database = new (loadSqlite())(source, { readonly: true });
  const registry = new EventRegistry();
  const reading = { upcast: (event: RecordedEvent) => registry.upcast(event), newestVersion: (type: string) => registry.newestVersion(type) };
  const page = database.prepare(`select seq, time, stream, type, v, data, by from events where seq > ? ${where} order by seq limit ${pageRows}`);
  const begin = performance.now();
  const states = builtInProjections.map((projection) => new FoldState(projection));
  for (let after = 0; ; ) {
    const rows = page.all(after) as EventRow[];
    for (const { seq, time, stream, type, v, data, by } of rows) {
      const event: RecordedEvent = { seq, time, stream, type, v, data: JSON.parse(data) as JsonObject, by };
      for (const state of states) state.fold(event, reading);
    }
    const last = rows.at(-1);
    if (last === undefined) break;
    after = last.seq;
  }
  const seconds = (performance.now() - begin) / 1000;
  const peakMb = peakResidentMb();
  database.close();
  const runs = states.find((state) => state.projection.name === "runs") as FoldState;
  return { seconds, peakMb, rows: Object.values(runs.content as Record<string, Json>) };
}

const ways: Readonly<Record<string, () => Promise<Outcome> | Outcome>> = {
  "daybook-rebuild": () => rebuildBook(false),
  "daybook-check": () => rebuildBook(true),
  "daybook-first": firstQuestion,
  sqlite: () => foldTable(""),
  "sqlite-ledger-types": () => foldTable("and type glob 'run.*'"),
};

const { seconds, peakMb, rows } = await wayOf(ways, way)();
// The same events were folded to the same state, whatever they were kept in.
const losses = (rows as readonly { readonly metrics: { readonly loss: number }; readonly history: readonly unknown[] }[]).reduce(
  (sum, { metrics, history }) => sum + Math.round(metrics.loss * 1e6) + history.length,
  0,
);
report({ perSecond: count / seconds, seconds, peakMb, digest: losses, runs: rows.length });
