import * as fs from "node:fs";
import * as path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { openDaybook } from "../../src/index.js";
import type { RecordedEvent } from "../../src/index.js";
import type { OperationHistory, OperationInfo } from "../../src/operations.js";
import { create, newSession, OperationBook, startCall } from "./operation-book.js";
import { daybook, jsonLines, start, temporaryFolder } from "./support.js";

const done = "20261128T09:30:00.000-build-00000001";
const dead = "20261128T09:31:00.000-build-00000002";
const open = "20261128T09:32:00.000-deploy-1a2b3c4d";

/** A process that no machine has. */
const elsewhere = { host: "far-away", pid: 77 };

/** Three operations: completed, with calls of every outcome; failed, by a crash; running, with a call open, a resource and sessions here and elsewhere. */
async function history(): Promise<{ readonly cwd: string; readonly root: string }> {
  const cwd = temporaryFolder();
  const root = path.join(cwd, "results");
  const book = OperationBook.open(root);
  await book.at(0, "build", done, create("build", "s1", "nightly build"), startCall("s1", "c1", "compile", { callKind: "worker" }), { kind: "worker-started", session: "s1", call: "c1", pid: 9, processStart: "5", command: ["tsc", "-p", "."] });
  await book.at(1, "w-2", done, { kind: "join", joining: newSession("s2") }, startCall("s2", "c2", "lint", { failOnCrash: false }), { kind: "beat", session: "s2", nextWithinMs: 5500, staleAfterMs: 15_000 });
  await book.at(2, "build", done, { kind: "worker-exited", session: "s1", call: "c1", pid: 9, exitCode: 0 }, { kind: "end-call", session: "s1", call: "c1", result: { files: 3 } }, startCall("s1", "c3", "test\u001b[31m\nall"), { kind: "log", session: "s1", level: "info", message: "compiled" });
  await book.at(3, "w-2", done, { kind: "fail-call", session: "s2", call: "c2", error: { name: "LintError", message: "2 problems" }, cleanupWithinMs: 1000 }, startCall("s2", "c4"), { kind: "log", session: "s2", level: "warning", message: "lint\u0007 is red" });
  await book.at(4, "w-2", done, { kind: "cancel-call", session: "s2", call: "c4", reason: "not needed" }, { kind: "leave", session: "s2", reason: "home" });
  await book.at(6, "build", done, { kind: "end-call", session: "s1", call: "c3", replaced: { message: "flaky" } }, { kind: "complete", session: "s1" });

  await book.at(60, "build", dead, create("build", "s1"), startCall("s1", "c1", "link"));
  await book.at(61, "w-2", dead, { kind: "join", joining: newSession("s2") });
  await book.at(62, "w-2", dead, { kind: "report-crash", session: "s2", crashed: ["s1"], evidence: "gone", cleanupWithinMs: 1000 }, { kind: "report-cleanup", session: "s2", problems: [] }, { kind: "finish-cleanup", session: "s2" });

  await book.at(120, "deploy", open, create("deploy", "s1", "deploy to all"), startCall("s1", "c1", "upload"), { kind: "register-resource", session: "s1", path: "/tmp/upload.part" });
  await book.at(121, "far", open, { kind: "join", joining: newSession("s2", elsewhere) });
  return { cwd, root };
}

let cwd = "";
let root = "";
beforeAll(async () => ({ cwd, root } = await history()));

describe.concurrent("daybook operations ls", () => {
  it("lists operations, the newest last: state, calls by outcome, who is in it, and why one failed", async () => {
    const { code, stdout } = await daybook(cwd, ["operations"]);
    const lines = stdout.trimEnd().split("\n");
    expect([code, lines.length]).toEqual([0, 4]);
    expect(lines[1]).toMatch(new RegExp(`^${done} +completed +.* 6\\.00 s  4: 1 failed, 1 cancelled +0 +nightly build$`));
    expect(lines[2]).toMatch(new RegExp(`^${dead} +failed +.* 2\\.00 s  1: 1 crashed +0 +\\S+`));
    expect(lines[3]).toMatch(new RegExp(`^${open} +running +.* 1: 1 open +2 +deploy to all$`));
  });

  it("chooses by state, by who created it, by time, and by number", async () => {
    const ids = async (...args: string[]): Promise<string[]> => jsonLines<OperationInfo>((await daybook(cwd, ["--json", "operations", "ls", ...args])).stdout).map(({ operationId }) => operationId);
    expect(await ids("--state", "failed")).toEqual([dead]);
    expect(await ids("--by", "build")).toEqual([done, dead]);
    expect(await ids("--participant", "far")).toEqual([open]);
    expect(await ids("--since", "2026-11-28T09:30:30Z")).toEqual([dead, open]);
    expect(await ids("--limit", "1")).toEqual([open]);
    expect(await ids("--at", "2026-11-28T09:30:30Z")).toEqual([done]);
    expect((await daybook(cwd, ["operations", "ls", "--state", "cleanup"])).stdout).toBe("None of them is such.\n");
    expect((await daybook(cwd, ["operations", "ls", "--at", "0"])).stdout).toBe(`No operations in ${root} then.\n`);
  });
});

describe.concurrent("daybook operations show", () => {
  it("draws the calls of an operation, as wide as they took, with who and what became of them", async () => {
    const { code, stdout } = await daybook(cwd, ["operations", "show", done]);
    expect(code).toBe(0);
    const lines = stdout.split("\n");
    const chart = lines.slice(lines.indexOf("Calls") + 1, lines.indexOf("Errors") - 1).map((line) => line.slice(2));
    expect(chart[0]).toMatch(/^call +by +0 +6\.00 s +took$/);
    const bar = (line: string | undefined): [number, number] => [(line ?? "").search(/[█✗▒▸]/), (line ?? "").search(/[█✗▒▸] /) + 1];
    const [from, to] = [bar(chart[1])[0], bar(chart[3])[1]];
    const second = (to - from) / 6;
    expect(second).toBeGreaterThan(4);
    const expected: [RegExp, number, number][] = [[/^compile +build +█+ +2\.00 s +ended$/, 0, 2], [/^lint +w-2 +█+✗ +2\.00 s +failed$/, 1, 3], [/^test\\u001b\[31m\\nall +build +█+ +4\.00 s +replaced$/, 2, 6], [/^c4 +w-2 +█+▒ +1\.00 s +cancelled$/, 3, 4]];
    for (const [index, [shape, starts, ends]] of expected.entries()) {
      expect(chart[index + 1]).toMatch(shape);
      const [first, last] = bar(chart[index + 1]);
      expect(Math.abs(first - from - starts * second), chart[index + 1]).toBeLessThanOrEqual(1);
      expect(Math.abs(last - from - ends * second), chart[index + 1]).toBeLessThanOrEqual(1);
    }
    expect(chart).toHaveLength(5);
    expect(stdout).toContain("  lint: LintError: 2 problems\n");
    expect(stdout).toContain("flaky (a fallback stands for it)");
    expect(stdout).not.toContain("\u001b");
  });

  it("calls a call by its id that has no name to see", async () => {
    const own = temporaryFolder();
    await OperationBook.open(path.join(own, "results")).at(0, "build", done, create("build", "s1"), startCall("s1", "c1", ""), startCall("s1", "c2", " "));
    const { stdout } = await daybook(own, ["operations", "show"]);
    expect(stdout).toMatch(/^ {2}c1 +build .*open$/m);
    expect(stdout).toMatch(/^ {2}c2 +build .*open$/m);
  });

  it("begins with what began first by the clocks of those that did it", async () => {
    const own = temporaryFolder();
    const book = OperationBook.open(path.join(own, "results"));
    await book.at(100, "build", done, create("build", "s1"), startCall("s1", "c1", "late"), { kind: "end-call", session: "s1", call: "c1" });
    await book.at(0, "w-2", done, { kind: "join", joining: newSession("s2") }, startCall("s2", "c2", "early"));
    await book.at(100, "w-2", done, { kind: "end-call", session: "s2", call: "c2" }, { kind: "leave", session: "s2" });
    await book.at(101, "build", done, { kind: "complete", session: "s1" });
    const [late = "", early = ""] = (await daybook(own, ["operations", "show"])).stdout.split("\n").filter((line) => /^ {2}(late|early) /.test(line));
    expect([late.match(/█/g)?.length, late.indexOf("█") > early.lastIndexOf("█") - 2]).toEqual([1, true]);
    expect(early.match(/█/g)?.length).toBeGreaterThan(20);
  });

  it("lists sessions: who left, who crashed, who is alive; of a process elsewhere only when it was heard of", async () => {
    const sessions = async (...args: string[]): Promise<string> => (await daybook(cwd, ["operations", "show", ...args])).stdout;
    expect(await sessions(done)).toMatch(/^ {2}s1 +build \(initiator\) +\d+ on \S+ .* until the end [\d:]+$/m);
    expect(await sessions(done)).toMatch(/^ {2}s2 +w-2 .* left [\d:]+: home$/m);
    expect(await sessions(dead)).toMatch(/^ {2}s1 +build \(initiator\) .* crashed [\d:]+: its process was gone$/m);
    const now = await sessions();
    expect(now.startsWith(`${open}  running\n`)).toBe(true);
    // This process is that of the session.
    expect(now).toMatch(/^ {2}s1 +deploy \(initiator\) .* 1 +alive, heard of .* ago$/m);
    expect(now).toMatch(/^ {2}s2 +far +77 on far-away .* 0 +heard of .* ago$/m);
    expect(now).toMatch(/^ {2}\/tmp\/upload\.part +of session s1$/m);
    expect(now).toMatch(/^ {2}upload +deploy +█*▸ /m);
    expect(await sessions(open, "--at", "2026-11-28T09:32:01Z")).toMatch(/^ {2}s1 +deploy \(initiator\) .* heard of 1\.00 s ago$/m);
  });

  it("says why an operation failed", async () => {
    const { stdout } = await daybook(cwd, ["operations", "show", "00000002"]);
    expect(stdout).toMatch(/^ {2}failed +\S.*$/m);
    expect(stdout).toMatch(/^ {2}link +build +█+✗ +2\.00 s +crashed$/m);
  });

  it("gives everything as one JSON object", async () => {
    const [shown] = jsonLines<OperationHistory>((await daybook(cwd, ["--json", "operations", "show", done])).stdout);
    expect(shown).toMatchObject({ operation: { operationId: done, state: "completed" }, sessions: [{ session: "s1" }, { session: "s2" }], resources: [] });
    expect(shown?.calls).toMatchObject([
      { callId: "c1", kind: "worker", outcome: "ended", result: { files: 3 }, workers: [{ pid: 9, command: ["tsc", "-p", "."], exitCode: 0 }] },
      { callId: "c2", outcome: "failed", failOnCrash: false, error: { name: "LintError" } },
      { callId: "c3", outcome: "ended", error: { message: "flaky" } },
      { callId: "c4", outcome: "cancelled", reason: "not needed" },
    ]);
  });

  it("leaves the oldest calls out when told to, and says so", async () => {
    const { stdout } = await daybook(cwd, ["operations", "show", done, "--calls", "1"]);
    expect(stdout).toMatch(/^ {2}3 earlier calls left out: --calls$/m);
    expect(stdout).toMatch(/^ {2}c4 /m);
    expect(stdout).not.toMatch(/^ {2}compile /m);
  });

  it("takes as much of an id as names it, and says what several share", async () => {
    for (const text of ["1a2b3c4d", open, "20261128T09:32"]) expect(jsonLines<OperationHistory>((await daybook(cwd, ["--json", "operations", "show", text])).stdout)[0]?.operation.operationId).toBe(open);
    expect(await daybook(cwd, ["operations", "show", "20261128"])).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/20261128 names 3 operations: .*\(AMBIGUOUS_OPERATION\)\n$/) as string });
    for (const text of ["nothing", ""]) expect(await daybook(cwd, ["operations", "show", text])).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/there is no operation .*which has 3 operations.* \(OPERATION_NOT_FOUND\)\n$/) as string });
    expect(await daybook(cwd, ["operations", "show", open, "--at", "3"])).toMatchObject({ code: 1, stderr: expect.stringMatching(/as of seq 3/) as string });
  });
});

describe.concurrent("daybook operations log", () => {
  it("prints what was said and what happened, without beats; debug shows them", async () => {
    const { code, stdout } = await daybook(cwd, ["operations", "log", done]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[\d:]{8} {2}info {5}build +operation created by build: nightly build$/m);
    expect(stdout).toMatch(/^[\d:]{8} {2}warning {2}w-2 +lint\\u0007 is red$/m);
    expect(stdout).toMatch(/^[\d:]{8} {2}error {4}w-2 +call c2 failed: LintError: 2 problems$/m);
    expect(stdout).not.toContain("alive");
    expect((await daybook(cwd, ["operations", "log", done, "--level", "debug"])).stdout).toMatch(/debug {4}w-2 +session s2 is alive/);
  });

  it("prints only what matters so much, or only what was said", async () => {
    const lines = async (...args: string[]): Promise<string[]> => (await daybook(cwd, ["operations", "log", done, ...args])).stdout.trimEnd().split("\n").map((line) => line.slice(10));
    expect(await lines("--level", "error")).toEqual([expect.stringMatching(/^error/)]);
    expect(await lines("--messages")).toEqual([expect.stringMatching(/compiled$/), expect.stringMatching(/is red$/)]);
    const json = jsonLines<RecordedEvent>((await daybook(cwd, ["--json", "operations", "log", done, "--level", "warning"])).stdout);
    expect(json.map(({ type }) => type)).toEqual(["call.failed", "operation.logged", "call.cancelled"]);
  });

  it("goes on with what comes, and ends with the operation", async () => {
    const own = await history();
    const child = start(own.cwd, ["operations", "log", open, "--follow", "--json"]);
    const seen: RecordedEvent[] = [];
    let rest = "";
    let wake: () => void = () => undefined;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      seen.push(...lines.map((line) => JSON.parse(line) as RecordedEvent));
      wake();
    });
    const ended = new Promise<number | null>((resolve) => child.once("close", (code) => { wake(); resolve(code); }));
    const until = async (type: string): Promise<void> => {
      while (!seen.some((event) => event.type === type) && child.exitCode === null) await new Promise<void>((resolve) => (wake = resolve));
    };
    const book = OperationBook.open(own.root);
    await until("participant.joined");
    await book.at(130, "deploy", open, { kind: "end-call", session: "s1", call: "c1" }, { kind: "log", session: "s1", level: "info", message: "all there" });
    await until("operation.logged");
    await book.at(131, "deploy", open, { kind: "complete", session: "s1" });
    expect(await ended).toBe(0);
    const { length } = seen;
    expect(seen.slice(length - 3).map(({ type }) => type)).toEqual(["call.ended", "operation.logged", "operation.completed"]);
    // One that has ended is only printed.
    expect(await daybook(own.cwd, ["operations", "log", open, "--follow"])).toMatchObject({ code: 0 });
  });

  it("refuses what makes no sense", async () => {
    expect(await daybook(cwd, ["operations", "log", "--follow", "--at", "3"])).toMatchObject({ code: 2, stderr: expect.stringMatching(/excludes --at/) as string });
    expect(await daybook(cwd, ["operations", "log", "--level", "loud"])).toMatchObject({ code: 2, stderr: expect.stringMatching(/--level loud: it must be one of debug, info, warning, error/) as string });
    expect(await daybook(cwd, ["operations", "lst"])).toMatchObject({ code: 2, stderr: expect.stringMatching(/lst is no verb of operations/) as string });
    expect(await daybook(cwd, ["operations", "ls", "--state", "gone"])).toMatchObject({ code: 2, stderr: expect.stringMatching(/--state gone: it must be one of running/) as string });
  });
});

describe.concurrent("daybook operations abort", () => {
  it("sets the flag that all look at, and takes it back", async () => {
    const own = await history();
    const stateOf = async (): Promise<OperationInfo | undefined> => jsonLines<OperationInfo>((await daybook(own.cwd, ["--json", "operations", "ls", "--limit", "1"])).stdout)[0];
    expect(await daybook(own.cwd, ["operations", "abort", "1a2b3c4d", "--reason", "wrong branch"])).toMatchObject({ code: 0, stdout: `${open}  aborted; 2 sessions told\n`, stderr: "" });
    expect(await stateOf()).toMatchObject({ state: "running", aborted: { reason: "wrong branch" } });
    expect((await daybook(own.cwd, ["operations", "show"])).stdout).toMatch(/^\S+ {2}running aborted$/m);
    expect(await daybook(own.cwd, ["operations", "abort", "1a2b3c4d", "--undo"])).toMatchObject({ code: 0, stdout: `${open}  no longer aborted\n` });
    expect((await stateOf())?.aborted).toBeUndefined();
    expect(await daybook(own.cwd, ["operations", "abort", done])).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/is completed.*\(OPERATION_CLOSED\)\n$/) as string });
  });
});

describe.concurrent("daybook operations export", () => {
  it("writes state, log and events to a folder; the same again replaces them", async () => {
    for (const _ of [1, 2]) expect(await daybook(cwd, ["operations", "export", done, "--to", "report"])).toMatchObject({ code: 0, stdout: expect.stringMatching(/: \d+ events, 4 calls in .*report\n$/) as string });
    const folder = path.join(cwd, "report");
    expect(fs.readdirSync(folder).sort()).toEqual(["events.ndjson", "operation.json", "operation.log"]);
    const read = (name: string): string => fs.readFileSync(path.join(folder, name), "utf8");
    expect(JSON.parse(read("operation.json"))).toMatchObject({ operation: { operationId: done, state: "completed" }, calls: [{ callId: "c1" }, { callId: "c2" }, { callId: "c3" }, { callId: "c4" }], sessions: [{ session: "s1" }, { session: "s2" }] });
    const events = jsonLines<RecordedEvent>(read("events.ndjson"));
    await using book = await openDaybook(root, { readOnly: true });
    const recorded: RecordedEvent[] = [];
    for await (const event of book.history({ operation: done })) recorded.push(event);
    expect(events.map(({ root: _, ...event }: RecordedEvent & { readonly root?: string }) => event)).toEqual(recorded);
    const log = read("operation.log").trimEnd().split("\n");
    expect(log).toHaveLength(events.length - 1);
    expect(log).toContain("2026-11-28T09:30:02.000Z [INFO] build: compiled");
    expect(log).toContain("2026-11-28T09:30:03.000Z [ERROR] w-2: call c2 failed: LintError: 2 problems");
  });

  it("writes events that another daybook takes", async () => {
    expect((await daybook(cwd, ["operations", "export", done, "--to", "moved"])).code).toBe(0);
    const there = temporaryFolder();
    expect(await daybook(there, ["import", path.join(cwd, "moved/events.ndjson")])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^imported \d+ events, 0 already here\n$/) as string });
    const told = async (folder: string): Promise<unknown> => {
      const [operation] = jsonLines<{ readonly operationId: string }>((await daybook(folder, ["operations", "--json"])).stdout).filter(({ operationId }) => operationId === done);
      const { seq: _, ...rest } = operation as unknown as Record<string, unknown>;
      return rest;
    };
    expect(await told(there)).toEqual(await told(cwd));
  });

  it("writes it as it stood then", async () => {
    expect((await daybook(cwd, ["operations", "export", done, "--to", "then", "--at", "2026-11-28T09:30:01Z"])).code).toBe(0);
    expect(JSON.parse(fs.readFileSync(path.join(cwd, "then/operation.json"), "utf8"))).toMatchObject({ operation: { state: "running" }, calls: [{ outcome: "open" }, { outcome: "open" }] });
  });

  it("says when it cannot be written, and leaves nothing half-written", async () => {
    fs.writeFileSync(path.join(cwd, "file"), "");
    expect(await daybook(cwd, ["operations", "export", done, "--to", "file/x"])).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/file\/x cannot be written to: .*\(WRITE_FAILED\)\n$/) as string });
    expect(await daybook(cwd, ["operations", "export", "none", "--to", "nowhere"])).toMatchObject({ code: 1 });
    expect(fs.existsSync(path.join(cwd, "nowhere"))).toBe(false);
    expect((await daybook(cwd, ["operations", "export", done])).code).toBe(2);
    expect(await daybook(cwd, ["operations", "export", done, "--to", ""])).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(/--to names no folder/) as string });
  });
});

describe.concurrent("daybook stats", () => {
  it("counts operations by state, and their calls by what became of them", async () => {
    const [found] = jsonLines<object>((await daybook(cwd, ["--json", "stats"])).stdout);
    expect(found).toMatchObject({ operations: { total: 3, byState: { completed: 1, failed: 1, running: 1 }, calls: { total: 6, ended: 2, failed: 1, cancelled: 1, crashed: 1, open: 1 } } });
    const { stdout } = await daybook(cwd, ["stats"]);
    expect(stdout).toMatch(/^operations +3 {2}\(1 completed, 1 failed, 1 running\)$/m);
    expect(stdout).toMatch(/^calls +6 {2}\(2 ended, 1 failed, 1 cancelled, 1 crashed, 1 open\)$/m);
  });
});
