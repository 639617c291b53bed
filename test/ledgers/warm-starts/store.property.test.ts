import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fakeClock, openMemoryDaybook } from "../../../src/testing.js";
import { MemoryArtifactStore, WarmStartStore } from "../../../src/warm-starts.js";
import { bytes, keyFor, text } from "./temporary-store.js";

/** What the store should hold, kept in the plainest way. */
interface Kept {
  readonly key: number;
  readonly run: string;
  readonly payload: string;
  readonly objective: number | undefined;
  readonly kind: "checkpoint" | "final";
  readonly order: number;
  readonly writtenMs: number;
}

const [ttlMs, sizeBudgetBytes] = [1000, 60];
const command = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constant("save" as const),
      key: fc.nat(2),
      run: fc.constantFrom(undefined, "a", "b"),
      size: fc.integer({ min: 1, max: 20 }),
      objective: fc.option(fc.constantFrom(1, 2, 1 + 5e-13, 2 - 1.5e-12, 1 - 8e-13), { nil: undefined }),
      kind: fc.constantFrom("checkpoint" as const, "final" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("wait" as const), ms: fc.constantFrom(1, 400, 999) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("evict" as const) }) },
);

/** Expired ones out, then the oldest until it fits. */
function swept(all: readonly Kept[], nowMs: number): Kept[] {
  const young = all.filter(({ writtenMs }) => nowMs - writtenMs < ttlMs).toSorted((a, b) => a.order - b.order);
  while (young.reduce((sum, { payload }) => sum + payload.length, 0) > sizeBudgetBytes) young.shift();
  return young;
}

function best(all: readonly Kept[], nowMs: number, key: number): string | undefined {
  const alive = all.filter((one) => one.key === key && nowMs - one.writtenMs < ttlMs);
  const least = Math.min(...alive.map(({ objective }) => objective ?? Infinity));
  const rank = ({ objective, kind }: Kept): number => (objective === undefined ? 3 : objective - least > 1e-12 ? 2 : kind === "final" ? 0 : 1);
  return alive.toSorted((a, b) => rank(a) - rank(b) || b.order - a.order)[0]?.payload;
}

describe("a store", () => {
  it("holds, finds and gives up exactly what a plain list would, whatever is saved in whatever order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 45 }), async (commands) => {
        const clock = fakeClock("2026-11-28T08:00:00Z");
        await using book = await openMemoryDaybook({ clock: clock.clock });
        const artifacts = new MemoryArtifactStore();
        const faults: Error[] = [];
        const store = await WarmStartStore.open(book, { artifacts, ttlMs, sizeBudgetBytes, onError: (error) => void faults.push(error) });
        let kept: Kept[] = [];
        let [order, saves] = [0, 0];
        for (const given of commands) {
          if (given.does === "wait") clock.advance(given.ms);
          else if (given.does === "evict") {
            const { bytes: left, entries } = await store.evict();
            kept = swept(kept, clock.now());
            expect([left, entries]).toEqual([kept.reduce((sum, { payload }) => sum + payload.length, 0), kept.length]);
          } else {
            order += 1;
            const { key, objective, kind, size } = given;
            const payload = `${order}`.padEnd(size, ".");
            let run: string | undefined = given.run;
            if (run === undefined) run = await store.save(keyFor(key), bytes(payload), { objective, kind });
            else await store.saveOverwrite(keyFor(key), run, bytes(payload), { objective, kind });
            const slot = run;
            kept = [...kept.filter((one) => one.key !== key || one.run !== slot), { key, run: slot, payload, objective, kind, order, writtenMs: clock.now() }];
            const over = kept.reduce((sum, one) => sum + one.payload.length, 0) > sizeBudgetBytes;
            if (saves % 32 === 0 || over) kept = swept(kept, clock.now());
            saves += 1;
          }
          for (const key of [0, 1, 2]) {
            expect(text(await store.lookup(keyFor(key)))).toBe(best(kept, clock.now(), key));
            const newest = kept.filter((one) => one.key === key && clock.now() - one.writtenMs < ttlMs).at(-1)?.payload;
            expect(text(await store.lookupLatest(keyFor(key)))).toBe(newest);
          }
          const entries = await store.entries();
          expect(entries.map(({ run }) => run)).toEqual(kept.toSorted((a, b) => a.order - b.order).map(({ run }) => run));
        }
        // What is given up is gone, and nothing else.
        expect(await store.verify()).toMatchObject({ entries: kept.length, faults: [], orphans: [], foreign: [] });
        expect(faults).toEqual([]);
      }),
      { numRuns: Number(process.env["FAST_CHECK_RUNS"] ?? 40) },
    );
  });
});
