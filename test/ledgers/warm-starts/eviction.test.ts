import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RecordedEvent } from "../../../src/index.js";
import { decideDrop, decideEviction } from "../../../src/ledgers/warm-starts/decide-eviction.js";
import { decideSave } from "../../../src/ledgers/warm-starts/decide-save.js";
import { planEviction } from "../../../src/ledgers/warm-starts/plan-eviction.js";
import { evolveSlot, slotKey, warmStartKeysProjection, warmStartTotalsProjection } from "../../../src/projections/views/warm-starts.js";
import type { WarmStartRow, WarmStartTotals } from "../../../src/projections/views/warm-starts.js";
import { rowOf } from "./row-of.js";

const nowMs = Date.parse("2026-11-28T09:00:00Z");
const old = (ageMs: number): string => new Date(nowMs - ageMs).toISOString();
const policy = { nowMs, ttlMs: 10_000, budgetBytes: 100 };
const told = ({ victims }: ReturnType<typeof planEviction>): string[] => victims.map(({ row, reason }) => `${row.run} ${reason}`);
const slots = (...rows: WarmStartRow[]): Map<string, WarmStartRow> => new Map(rows.map((row) => [slotKey(row.key, row.run), row]));

describe("planning an eviction", () => {
  it("gives up what has expired, and then the oldest until the rest fits", () => {
    const rows = [rowOf({ seq: 5, time: old(500), bytes: 60 }), rowOf({ seq: 1, time: old(20_000), bytes: 90 }), rowOf({ seq: 3, time: old(2000), bytes: 40 }), rowOf({ seq: 4, time: old(1000), bytes: 10 })];
    const plan = planEviction(rows, policy);
    expect([told(plan), plan.bytes, plan.entries, plan.more]).toEqual([["r1 expired", "r3 budget"], 70, 2, false]);
    expect(told(planEviction(rows, { ...policy, ttlMs: 0 }))).toEqual(["r1 budget", "r3 budget"]);
    expect(told(planEviction(rows, { ...policy, budgetBytes: 10 ** 9 }))).toEqual(["r1 expired"]);
  });

  it("leaves what exactly fits, and everything that is empty", () => {
    const rows = [rowOf({ seq: 1, time: old(1), bytes: 100 }), rowOf({ seq: 2, time: old(1), bytes: 0 })];
    expect(told(planEviction(rows, policy))).toEqual([]);
    expect(told(planEviction(rows, { ...policy, budgetBytes: 99 }))).toEqual(["r1 budget"]);
    expect(told(planEviction(rows, { ...policy, budgetBytes: 0 }))).toEqual(["r1 budget"]);
  });

  it("does so in parts where one append would be too large, and the parts come to the same", () => {
    const rows = Array.from({ length: 25 }, (_, index) => rowOf({ seq: index + 1, time: old(index % 5 === 0 ? 20_000 : 100), bytes: 10 }));
    const whole = planEviction(rows, policy);
    let left = rows;
    const parts: string[] = [];
    for (;;) {
      const part = planEviction(left, policy, undefined, 4);
      parts.push(...told(part));
      const gone = new Set(part.victims.map(({ row }) => row));
      left = left.filter((row) => !gone.has(row));
      expect([part.bytes, part.entries]).toEqual([left.reduce((sum, { file }) => sum + file.bytes, 0), left.length]);
      if (!part.more) break;
    }
    expect(parts).toEqual(told(whole));
  });

  it("keeps everything that is young and newer than all victims of the budget, and is never over the budget", () => {
    const facts = fc.array(fc.record({ bytes: fc.nat(60), ageMs: fc.nat(20_000) }), { maxLength: 20 });
    fc.assert(
      fc.property(facts, fc.nat(300), (given, budgetBytes) => {
        const rows = given.map(({ bytes, ageMs }, index) => rowOf({ seq: index + 1, time: old(ageMs), bytes }));
        const plan = planEviction(rows, { ...policy, budgetBytes });
        const gone = new Map(plan.victims.map(({ row, reason }) => [row, reason]));
        const kept = rows.filter((row) => !gone.has(row));
        const sum = kept.reduce((total, { file }) => total + file.bytes, 0);
        expect([sum <= budgetBytes, plan.bytes, plan.entries]).toEqual([true, sum, kept.length]);
        const newestGone = Math.max(0, ...[...gone].filter(([, reason]) => reason === "budget").map(([{ seq }]) => seq));
        for (const row of rows) {
          const expired = nowMs - Date.parse(row.time) >= policy.ttlMs;
          expect(gone.get(row) === "expired").toBe(expired);
          if (!expired) expect(gone.has(row)).toBe(row.seq <= newestGone);
        }
        // One victim fewer would have been too few.
        const last = [...gone].findLast(([, reason]) => reason === "budget")?.[0];
        if (last !== undefined) expect(sum + last.file.bytes).toBeGreaterThan(budgetBytes);
      }),
    );
  });
});

describe("deciding", () => {
  const key = "a".repeat(64);
  const file = (bytes: number): WarmStartRow["file"] => ({ path: `warm-starts/${key}/r9.1-1.bin`, bytes, sha256: "1".repeat(64) });
  const totals = (rows: readonly WarmStartRow[]): WarmStartTotals => ({ entries: rows.length, bytes: rows.reduce((sum, { file: { bytes } }) => sum + bytes, 0) });
  const states = (...rows: WarmStartRow[]): { "warm-starts": Map<string, WarmStartRow>; "warm-start-totals": WarmStartTotals } => ({ "warm-starts": slots(...rows), "warm-start-totals": totals(rows) });
  const terms = { isNew: false, sweeps: false, policy };

  it("a save of a new slot is its first one", () => {
    const { events, result } = decideSave(states(), { key, run: "r9", kind: "final", file: file(7), objective: 0.5, iteration: 3 }, terms);
    expect(events).toEqual([{ stream: `warm-start/${key}`, type: "warm-start.saved", data: { run: "r9", save: 1, kind: "final", file: file(7), objective: 0.5, iteration: 3 } }]);
    expect(result).toEqual({ taken: false, former: undefined, plan: undefined });
  });

  it("a save of a slot that holds something counts on, and tells what it replaces", () => {
    const before = rowOf({ key, run: "r9", save: 4, bytes: 5, time: old(0) });
    const { events, result } = decideSave(states(before), { key, run: "r9", kind: "checkpoint", file: file(7) }, terms);
    expect(events.map(({ data }) => data)).toEqual([{ run: "r9", save: 5, kind: "checkpoint", file: file(7), replaced: 5 }]);
    expect(result.former).toEqual(before.file);
  });

  it("nothing is saved in a slot that was to be new and is not", () => {
    const { events, result } = decideSave(states(rowOf({ key, run: "r9" })), { key, run: "r9", kind: "checkpoint", file: file(7) }, { ...terms, isNew: true });
    expect([events, result.taken]).toEqual([[], true]);
  });

  it("a save that passes the budget gives up the oldest in the same append, expired ones too; never itself", () => {
    const rows = [rowOf({ seq: 1, bytes: 30, time: old(100) }), rowOf({ seq: 2, bytes: 30, time: old(100) }), rowOf({ seq: 3, bytes: 30, time: old(20_000) })];
    const { events } = decideSave(states(...rows), { key, run: "r9", kind: "checkpoint", file: file(60) }, terms);
    expect(events.map(({ type, data }) => [type, (data as { run: string }).run, (data as { reason?: string }).reason])).toEqual([
      ["warm-start.saved", "r9", undefined],
      ["warm-start.evicted", "r3", "expired"],
      ["warm-start.evicted", "r1", "budget"],
    ]);
    const all = decideSave(states(...rows), { key, run: "r9", kind: "checkpoint", file: file(100) }, terms);
    expect(all.events).toHaveLength(4);
    expect([all.result.plan?.bytes, all.result.plan?.entries]).toEqual([100, 1]);
  });

  it("a save within the budget looks for what has expired only when it is to", () => {
    const expired = rowOf({ seq: 3, bytes: 30, time: old(20_000) });
    expect(decideSave(states(expired), { key, run: "r9", kind: "checkpoint", file: file(10) }, terms).events).toHaveLength(1);
    expect(decideSave(states(expired), { key, run: "r9", kind: "checkpoint", file: file(10) }, { ...terms, sweeps: true }).events).toHaveLength(2);
  });

  it("what the slot held before does not count, nor is it given up besides", () => {
    const before = rowOf({ key, run: "r9", bytes: 90, time: old(20_000) });
    const { events } = decideSave(states(before), { key, run: "r9", kind: "checkpoint", file: file(95) }, { ...terms, sweeps: true });
    expect(events.map(({ type }) => type)).toEqual(["warm-start.saved"]);
  });

  it("a bad payload is given up only while its slot still holds it, also where numbers of saves began again", () => {
    const row = rowOf({ key, run: "r9", save: 1, seq: 7, bytes: 5 });
    expect(decideDrop({ "warm-starts": slots(row) }, row, "corrupt").events).toEqual([{ stream: `warm-start/${key}`, type: "warm-start.evicted", data: { run: "r9", save: 1, bytes: 5, reason: "corrupt" } }]);
    expect(decideDrop({ "warm-starts": slots({ ...row, seq: 9 }) }, row, "corrupt")).toEqual({ events: [], result: false });
    expect(decideDrop({ "warm-starts": slots() }, row, "missing")).toEqual({ events: [], result: false });
  });

  it("leaves views that say the same as its events, whatever is saved and given up", () => {
    const command = fc.record({ key: fc.constantFrom("a".repeat(64), "b".repeat(64)), run: fc.constantFrom("r1", "r2", "r3"), bytes: fc.nat(50), does: fc.constantFrom("save", "evict", "drop") });
    fc.assert(
      fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
        const rows = new Map<string, WarmStartRow>();
        const keys = new Map<string, { readonly runs: readonly string[] }>();
        let sums: WarmStartTotals = { entries: 0, bytes: 0 };
        let seq = 0;
        for (const { key: of, run, bytes, does } of commands) {
          const row = rows.get(slotKey(of, run));
          const now = { "warm-starts": rows, "warm-start-totals": sums };
          const { events } =
            does === "save"
              ? decideSave(now, { key: of, run, kind: "checkpoint", file: { ...file(bytes), path: `warm-starts/${of}/${run}.${seq}-1.bin` } }, terms)
              : does === "evict"
                ? decideEviction(now, { ...policy, budgetBytes: 40 })
                : row === undefined
                  ? { events: [] }
                  : decideDrop(now, row, "missing");
          for (const event of events) {
            seq += 1;
            const recorded = { ...event, seq, v: 1, by: "w", time: old(0) } as unknown as RecordedEvent;
            const { run: slot } = event.data as { readonly run: string };
            const at = event.stream.slice("warm-start/".length);
            const next = evolveSlot(rows.get(slotKey(at, slot)), recorded as never);
            if (next === undefined) rows.delete(slotKey(at, slot));
            else rows.set(slotKey(at, slot), next);
            const named = warmStartKeysProjection.evolve(keys.get(at), recorded, at);
            if (named === undefined) keys.delete(at);
            else keys.set(at, named);
            sums = warmStartTotalsProjection.evolve(sums, recorded);
          }
          expect(sums).toEqual(totals([...rows.values()]));
          expect([...keys].flatMap(([at, { runs }]) => runs.map((slot) => slotKey(at, slot))).sort()).toEqual([...rows.keys()].sort());
          if (does !== "drop") expect(sums.bytes).toBeLessThanOrEqual(100);
        }
      }),
    );
  });
});
