import { expect, it } from "vitest";
import type { RecordedEvent } from "../../../src/index.js";
import { appendDigest, appendIdsProjection, checkRepeat } from "../../../src/projections/views/append-ids.js";
import { foldRows } from "./fold-rows.js";

const placed = (amount: number) => ({ stream: "order/1", type: "order.placed", data: { amount } });
const inLog = (seq: number, amount: number, id?: string): RecordedEvent => ({
  seq,
  time: "2026-11-21T12:00:00.000Z",
  v: 1,
  by: "tester",
  ...placed(amount),
  ...(id === undefined ? {} : { id }),
});

const rows = foldRows(appendIdsProjection, [inLog(1, 10), inLog(2, 20, "one"), inLog(3, 30, "one"), inLog(4, 20, "two")]);

it("knows where the append of an id is", () => {
  expect(checkRepeat(rows, "one", appendDigest([placed(20), placed(30)]))).toMatchObject({ first: 2, last: 3 });
  expect(checkRepeat(rows, "two", appendDigest([placed(20)]))).toMatchObject({ first: 4, last: 4 });
});

it("does not know an id that nobody used", () => {
  expect(checkRepeat(rows, "three", appendDigest([placed(20)]))).toBeUndefined();
});

it.each([
  ["other data", [placed(20), placed(31)]],
  ["fewer events", [placed(20)]],
  ["more events", [placed(20), placed(30), placed(30)]],
  ["another order", [placed(30), placed(20)]],
  ["another stream", [placed(20), { ...placed(30), stream: "order/2" }]],
])("refuses an id that was used for %s", (_, events) => {
  expect(() => checkRepeat(rows, "one", appendDigest(events))).toThrow(
    expect.objectContaining({ code: "ID_REUSED", firstSeq: 2 }) as Error,
  );
});

it("sees data as the log will have it: what is undefined is absent", () => {
  expect(appendDigest([{ ...placed(20), data: { amount: 20, note: undefined } }, placed(30)])).toBe(rows.get("one")?.digest);
});
