import { firstValueFrom } from "rxjs";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { defineProjection, openDaybook } from "../../src/index.js";
import type { Daybook, Json } from "../../src/index.js";
import { followView, view$ } from "../../src/live.js";
import { openMemoryDaybook } from "../../src/testing.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { range, Recorder, ticks } from "./recorder.js";

const counts = defineProjection<"counts", number>({
  name: "counts",
  version: 1,
  types: ["tick.counted"],
  keys: (event) => [event.stream],
  evolve: (row, event) => {
    if (event.data["number"] === 666) throw new Error("unlucky");
    return (row ?? 0) + 1;
  },
});
/** Folds into a new object each time, the same or not. */
const largest = defineProjection({
  name: "largest",
  version: 1,
  initialState: { number: 0 },
  evolve: (state: { readonly number: number }, event) => ({ number: Math.max(state.number, Number(event.data["number"])) }),
});

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 300));

let book: Daybook;
beforeEach(async () => {
  book = await openMemoryDaybook();
  for (const projection of [counts, largest]) book.registerProjection(projection);
  onTestFinished(() => book.close());
});

describe("view$", () => {
  it("gives the view as it is, and again after each change", async () => {
    const views = new Recorder(view$(book, "counts"));
    await views.until(({ values }) => values.length === 1);
    for (const count of range(1, 3)) {
      await book.log.append(ticks(1));
      await views.until(({ values }) => values.length === count + 1);
    }
    expect(views.values).toEqual([{}, { "tick/a": 1 }, { "tick/a": 2 }, { "tick/a": 3 }]);
    expect(await firstValueFrom(view$(book, "counts"))).toEqual({ "tick/a": 3 });
  });

  it("says nothing while nothing of the view changes", async () => {
    await book.log.append(ticks(9));
    const views = [new Recorder(view$(book, "counts")), new Recorder(view$(book, "largest"))];
    for (const recorder of views) await recorder.until(({ values }) => values.length === 1);
    await book.log.append({ stream: "other/a", type: "other.seen", data: { number: 4 } });
    await settled();
    expect(views.map(({ values }) => values)).toEqual([[{ "tick/a": 9 }], [{ number: 9 }]]);
  });

  it("makes one of changes that come together, and ends on the newest", async () => {
    const views = new Recorder(view$(book, "counts"));
    await views.until(({ values }) => values.length === 1);
    await Promise.all(range(1, 200).map((number) => book.log.append(ticks(1, `tick/${number % 2}`))));
    await views.until(({ values }) => JSON.stringify(values.at(-1)) === JSON.stringify({ "tick/1": 100, "tick/0": 100 }));
    expect(views.values.length).toBeLessThan(20);
  });

  it("gives copies", async () => {
    const views = new Recorder(view$(book, "largest"), (view) => Object.assign(view as object, { number: 1000 }));
    await views.until(({ values }) => values.length === 1);
    await book.log.append(ticks(3));
    await views.until(({ values }) => values.length === 2);
    expect(await book.view("largest")).toEqual({ number: 3 });
  });

  it("errors for a view that nobody knows, and for one whose fold throws", async () => {
    await expect(firstValueFrom(view$(book, "nothing"))).rejects.toMatchObject({ code: "PROJECTION_UNKNOWN" });
    const views = new Recorder(view$(book, "counts"));
    await views.until(({ values }) => values.length === 1);
    await book.log.append({ stream: "tick/a", type: "tick.counted", data: { number: 666 } });
    await views.until(({ error }) => error !== undefined);
    expect(views.error).toMatchObject({ code: "PROJECTION_FAILED", event: { seq: 1 } });
  });

  it("completes when the daybook is closed", async () => {
    const views = new Recorder(view$(book, "counts"));
    await views.until(({ values }) => values.length === 1);
    await book.close();
    await views.until(({ completed }) => completed);
    const late = new Recorder(view$(book, "counts"));
    await late.until(({ error }) => error !== undefined);
    expect(late.error).toMatchObject({ code: "LOG_CLOSED" });
  });

  it("stays as it is when projections are folded anew", async () => {
    const folder = temporaryFolder();
    await using files = await openDaybook(folder);
    files.registerProjection(counts);
    await files.log.append(ticks(3));
    const views = new Recorder(view$(files, "counts"));
    await views.until(({ values }) => values.length === 1);
    await files.rebuild();
    await settled();
    await files.log.append(ticks(1));
    await views.until(({ values }) => values.length === 2);
    expect(views.values).toEqual([{ "tick/a": 3 }, { "tick/a": 4 }]);
  });
});

describe("followView", () => {
  it("gives a slow loop the newest view, not every one", async () => {
    const seen: Json[] = [];
    const appending = (async () => {
      for (let count = 0; count < 100; count += 1) {
        await book.log.append(ticks(1));
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    for await (const view of followView(book, "counts")) {
      seen.push(view);
      if ((view as Record<string, number>)["tick/a"] === 100) break;
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    await appending;
    expect(seen.length).toBeLessThan(20);
    expect(seen.at(-1)).toEqual({ "tick/a": 100 });
  });
});
