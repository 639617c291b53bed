import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { openDaybook } from "../../src/index.js";
import type { Daybook, FieldBlame, HistoryChange, PatchOperation, RecordedEvent } from "../../src/index.js";
import { applied } from "../support/apply-patch.js";
import { daybook, jsonLines, shell, temporaryFolder } from "./support.js";

const utc = { env: { TZ: "UTC" } };

/** Two runs, told of once a minute from 10:00 on, in `results`. */
async function withRuns(): Promise<string> {
  const cwd = temporaryFolder();
  let now = Date.parse("2024-11-21T10:00:00Z");
  await using book = await openDaybook(path.join(cwd, "results"), { participantId: "worker-1", clock: () => now });
  const steps: (() => Promise<unknown>)[] = [
    () => book.runs.allocate("train", { params: { lr: 0.1 } }), // 1, 10:00
    () => book.runs.log("train", "0001", { status: "RUNNING" }), // 2, 10:01
    () => book.runs.log("train", "0001", { metrics: { loss: 0.5 } }), // 3, 10:02
    () => book.runs.log("train", "0001", { metrics: { loss: 0.25 }, note: "\u001b[31mred\n" }), // 4 and 5, 10:03
    () => book.runs.allocate("train"), // 6, 10:04
    () => book.runs.log("train", "0001", { status: "DONE" }), // 7, 10:05
    () => book.log.append({ stream: "order/1", type: "order.placed", data: { amount: 3 } }), // 8, 10:06
  ];
  for (const step of steps) {
    await step();
    now += 60_000;
  }
  return cwd;
}

const viewAt = async (cwd: string, seq: number): ReturnType<Daybook["view"]> => {
  await using book = await openDaybook(path.join(cwd, "results"), { readOnly: true });
  await using past = await book.at(seq);
  return await past.view("runs");
};

describe.concurrent("daybook history", () => {
  it("tells in a line each what happened to a run", async () => {
    const cwd = await withRuns();
    const { code, stdout, stderr } = await daybook(cwd, ["history", "train/0001"], utc);
    expect([code, stderr, stdout.split("\n")]).toEqual([0, "", [
      "   1  2024-11-21 10:00:00  worker-1  allocated train/0001 with lr=0.1",
      "   2  2024-11-21 10:01:00  worker-1  status PENDING -> RUNNING",
      "   3  2024-11-21 10:02:00  worker-1  metrics: loss 0.5",
      "   4  2024-11-21 10:03:00  worker-1  metrics: loss 0.5 -> 0.25",
      '   5  2024-11-21 10:03:00  worker-1  note "\\u001b[31mred\\n"',
      "   7  2024-11-21 10:05:00  worker-1  status RUNNING -> DONE",
      "",
    ]]);
    const coloured = await daybook(cwd, ["history", "train/0001", "--from", "7"], { env: { FORCE_COLOR: "1", TZ: "UTC" } });
    expect(coloured.stdout).toContain("\u001b[32mstatus RUNNING -> DONE\u001b[39m");
  });

  it("begins and ends at seqs and times, and stands at a moment", async () => {
    const cwd = await withRuns();
    const seqs = async (...args: string[]): Promise<number[]> => jsonLines<RecordedEvent>((await daybook(cwd, ["--json", "history", ...args], utc)).stdout).map(({ seq }) => seq);
    expect(await seqs("train/0001", "--from", "3", "--to", "4")).toEqual([3, 4]);
    expect(await seqs("train/0001", "--from", "2024-11-21T10:02", "--to", "2024-11-21 10:04")).toEqual([3, 4, 5]);
    expect(await seqs("train/0001", "--at", "2024-11-21T10:01:30")).toEqual([1, 2]);
    expect(await seqs("--stream", "run/train", "--from", "5", "--to", "head")).toEqual([5, 6, 7]);
    expect(await seqs("--stream", "order", "--at", "7")).toEqual([]);
    const other = await daybook(cwd, ["history", "--stream", "order"], utc);
    expect(other.stdout).toBe("   8  2024-11-21 10:06:00  order/1         worker-1  order.placed: amount=3\n");
  });

  it("with --json gives complete events, what they changed, and the line", async () => {
    const cwd = await withRuns();
    const lines = jsonLines<RecordedEvent & Omit<HistoryChange, "event">>((await daybook(cwd, ["history", "train/0001", "--json"])).stdout);
    expect(lines[3]).toEqual({
      seq: 4, time: "2024-11-21T10:03:00.000Z", stream: "run/train/0001", type: "run.metrics-recorded", v: 1, data: { metrics: { loss: 0.25 } }, by: "worker-1",
      changes: [{ path: "/metrics/loss", before: 0.5, after: 0.25 }], text: "metrics: loss 0.5 -> 0.25",
    });
  });

  it("misses what is not there with 1: a run, an operation, a moment; and stops with the reader", async () => {
    const cwd = await withRuns();
    const missed = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await daybook(cwd, args);
      expect([args, code, stdout]).toEqual([args, 1, ""]);
      return stderr;
    };
    expect(await missed("history", "train/0009")).toBe("daybook: There is no run train/0009 (RUN_NOT_FOUND)\n");
    expect(await missed("history", "train/0002", "--at", "5")).toContain("(RUN_NOT_FOUND)");
    expect(await missed("history", "--operation", "op")).toContain("(OPERATION_NOT_FOUND)");
    expect(await missed("history", "train/0001", "--at", "99")).toMatch(/head is seq 8.*\(MOMENT_AHEAD\)/);
    expect(await missed("blame", "train/0001", "--at", "2999-01-01")).toContain("(MOMENT_AHEAD)");
    expect(await missed("diff", "0", "9")).toContain("(MOMENT_AHEAD)");
    expect(await missed("diff", "0", "1", "--view", "nope")).toContain("(PROJECTION_UNKNOWN)");
    expect((await shell(cwd, "$DAYBOOK history train/0001 | head -1; exit ${PIPESTATUS[0]}")).code).toBe(0);
  });

  it("of a damaged log shows what comes before the damage, and exits 1", async () => {
    const cwd = await withRuns();
    const segment = path.join(cwd, "results/log/00000000000000000001.ndjson");
    fs.writeFileSync(segment, fs.readFileSync(segment, "utf8").replace('"loss":0.25', '"loss":0.35'));
    const { code, stdout, stderr } = await daybook(cwd, ["history", "train/0001"], utc);
    expect([code, stdout.split("\n").length, stderr]).toEqual([1, 4, expect.stringMatching(/^daybook: the log is damaged, and was read only up to there: .*LOG_CORRUPT/) as string]);
  });
});

describe.concurrent("daybook blame", () => {
  it("names for each field the event that set it", async () => {
    const cwd = await withRuns();
    const lines = (await daybook(cwd, ["blame", "train/0001"], utc)).stdout.split("\n").map((line) => line.replace(/ +/g, " "));
    expect(lines[0]).toBe("field value seq time by event");
    expect(lines).toContain("metrics.loss 0.25 4 2024-11-21 10:03:00 worker-1 run.metrics-recorded");
    expect(lines).toContain("status DONE 7 2024-11-21 10:05:00 worker-1 run.status-changed");
    expect(lines).toContain("params.lr 0.1 1 2024-11-21 10:00:00 worker-1 run.allocated");
    const then = jsonLines<FieldBlame>((await daybook(cwd, ["--json", "blame", "train/0001", "--at", "3"])).stdout);
    expect(then.find(({ field }) => field === "metrics.loss")).toEqual({
      path: "/metrics/loss", field: "metrics.loss", value: 0.5, seq: 3, time: "2024-11-21T10:02:00.000Z", by: "worker-1", type: "run.metrics-recorded",
    });
  });
});

describe.concurrent("daybook diff", () => {
  it("sums up by entity what was added, removed and changed", async () => {
    const cwd = await withRuns();
    const diff = async (...args: string[]): Promise<string[]> => (await daybook(cwd, ["diff", ...args], utc)).stdout.split("\n");
    expect(await diff("3", "head")).toEqual([
      "~ train/0001",
      "    ~ metrics.loss  0.5 -> 0.25",
      "    + note  \\u001b[31mred\\n",
      "    ~ status  RUNNING -> DONE",
      "+ train/0002  status=PENDING",
      "1 added, 1 changed",
      "",
    ]);
    expect(await diff("2024-11-21T10:04", "2024-11-21T10:03")).toEqual(["- train/0002  status=PENDING", "1 removed", ""]);
    expect(await diff("0", "1")).toEqual(["+ train/0001  status=PENDING, params.lr=0.1", "1 added", ""]);
    expect(await diff("7", "head")).toEqual(["No difference in runs between 7 and head.", ""]);
    expect(await diff("0", "head", "--view", "run-index")).toContain("2 added");
    expect(await diff("0", "head", "--at", "1")).toEqual(["+ train/0001  status=PENDING, params.lr=0.1", "1 added", ""]);
    const coloured = await daybook(cwd, ["diff", "3", "4"], { env: { FORCE_COLOR: "1" } });
    expect(coloured.stdout).toContain("\u001b[31m0.5\u001b[39m -> \u001b[32m0.25\u001b[39m");
  });

  it("with --json is a JSON Patch in one array", async () => {
    const cwd = await withRuns();
    const { code, stdout } = await daybook(cwd, ["--json", "diff", "2", "head"]);
    expect(code).toBe(0);
    const patch = JSON.parse(stdout) as PatchOperation[];
    expect(applied(await viewAt(cwd, 2), patch).byOne).toEqual(await viewAt(cwd, 8));
    expect(patch.every(({ op }) => op !== "test")).toBe(true);
    expect((await daybook(cwd, ["diff", "4", "4", "--json"])).stdout).toBe("[]\n");
  });
});
