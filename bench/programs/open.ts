import type { openDaybook as OpenDaybook } from "../../src/index.js";

/** Opening in a fresh process, and one run's record: from before the first import. Loads nothing else before that. */
const { way, source, uid, identifier } = JSON.parse(process.argv[2] as string) as {
  readonly way: string;
  readonly source: string;
  readonly uid: string;
  readonly identifier: string;
};

/** What users import: the published bundle, beside which the types of its sources stand. */
const published: string = "../../bundle/src/index.js";

async function book(readOnly: boolean): Promise<number[]> {
  const { openDaybook } = (await import(published)) as { readonly openDaybook: typeof OpenDaybook };
  const imported = performance.now();
  const opened = await openDaybook(source, { participantId: "bench", readOnly });
  const open = performance.now();
  const record = await opened.runs.getRecord(identifier, uid);
  const got = performance.now();
  if (record?.uid !== uid || record.status !== "DONE") throw new Error(`no record of ${uid}`);
  await opened.close();
  return [imported, open, got];
}

async function sqlite(readOnly: boolean): Promise<number[]> {
  const { loadSqlite } = await import("../peers.js");
  const Database = loadSqlite();
  const imported = performance.now();
  const database = new Database(source, { readonly: readOnly });
  const open = performance.now();
  const found = database.prepare("select record from runs where identifier = ? and relpath = ? and uid = ?").get(identifier, "", Number(uid)) as { readonly record: string };
  const record = JSON.parse(found.record) as { readonly uid: string; readonly status: string };
  const got = performance.now();
  if (record.uid !== uid || record.status !== "DONE") throw new Error(`no record of ${uid}`);
  database.close();
  return [imported, open, got];
}

const begin = performance.now();
const [imported = NaN, open = NaN, got = NaN] = await (way.startsWith("daybook") ? book : sqlite)(way.endsWith("read"));
const peakMb = (process.resourceUsage().maxRSS * 1024) / 1e6;
process.stdout.write(
  `${JSON.stringify({ totalMs: got - begin, importMs: imported - begin, openMs: open - imported, recordMs: got - open, peakMb })}\n`,
);
