import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { InvalidOptionError} from "../../../../src/base/errors.js";
import { CallSettledError, SessionExpiredError, TimedOutError, WorkerFailedError } from "../../../../src/base/errors.js";
import { pollFile, pollUntil } from "../../../../src/ledgers/operations/workers/pollers.js";
import { stdioWorker } from "../../../../src/ledgers/operations/workers/stdio-worker.js";
import type { StdioWorkerOptions } from "../../../../src/ledgers/operations/workers/worker-options.js";
import { processStartOf } from "../../../../src/ledgers/runs/process-identity.js";
import { startProgram } from "../../../support/programs.js";
import { temporaryFolder } from "../../../support/temporary-folder.js";
import { failureOf, FakeHost, isThere } from "./fake-host.js";

const asText = (text: string): string => text;
/** A worker that is a shell script. */
const shell = <T>(script: string, options: Partial<StdioWorkerOptions<T>> = {}): StdioWorkerOptions<T> => ({ executable: "sh", args: ["-c", script], ...options });
const run = <T>(script: string, options: Partial<StdioWorkerOptions<T>> = {}, host = new FakeHost()): Promise<T> => stdioWorker<T>(shell(script, options)).work(host);

describe("a worker whose result is what it writes to stdout", () => {

  it("gives JSON as a value, once the process has exited with 0", async () => {
    expect(await run(`printf '{"answer": '; sleep 0.05; echo '42}'`)).toEqual({ answer: 42 });
  });

  it("gives text as it is to a deserializer, line ends and all", async () => {
    expect(await run("printf ' a\\r\\nb\\n'", { deserializer: asText })).toBe(" a\r\nb\n");
    expect(await run("printf 7", { deserializer: (text) => Promise.resolve(Number(text) * 6) })).toBe(42);
  });

  it("fails with what it wrote when that is no JSON, and says how to take it", async () => {
    const error = await failureOf(run("echo hello"));
    expect(error).toMatchObject({ code: "WORKER_FAILED", message: expect.stringMatching(/sh wrote to stdout cannot be read: .*deserializer/s) as string, cause: { name: "SyntaxError" } });
  });

  it("fails with the exit code and the last of stderr", async () => {
    const error = await failureOf(run("for i in $(seq 3000); do echo line $i >&2; done; echo it broke >&2; exit 3")) as WorkerFailedError;
    expect(error).toBeInstanceOf(WorkerFailedError);
    expect(error).toMatchObject({ exitCode: 3, signal: undefined, message: expect.stringMatching(/^sh \(process \d+\) exited with 3: it broke$/) as string });
    expect(error.stderr).toHaveLength(8 * 1024);
    expect(error.stderr?.endsWith("line 3000\nit broke\n")).toBe(true);
  });

  it("says what a program of Node died of, not where, nor in which version", async () => {
    const error = await failureOf(stdioWorker({ executable: process.execPath, args: ["-e", "throw Object.assign(new TypeError('not like this'), { more: 1 })"] }).work(new FakeHost()));
    expect(error).toMatchObject({ code: "WORKER_FAILED", exitCode: 1, message: expect.stringMatching(/exited with 1: TypeError: not like this$/) as string });
  });

  it("fails with the signal that ended it", async () => {
    expect(await failureOf(run("kill -KILL $$"))).toMatchObject({ code: "WORKER_FAILED", exitCode: undefined, signal: "SIGKILL" });
  });

  it("fails when there is no such program, without having started anything", async () => {
    const folder = temporaryFolder();
    const host = new FakeHost();
    const error = await failureOf(stdioWorker({ executable: join(folder, "none") }).work(host));
    expect(error).toMatchObject({ code: "WORKER_FAILED", message: expect.stringMatching(/none cannot be started: .*ENOENT/) as string });
    expect([host.started, host.exited]).toEqual([[], []]);
  });

  it("fails when its working directory is none", async () => {
    const folder = temporaryFolder();
    expect(await failureOf(run("true", { cwd: join(folder, "nowhere") }))).toMatchObject({ code: "WORKER_FAILED", message: expect.stringContaining("nowhere") as string });
  });

  it("gives the process its input, working directory and environment", async () => {
    const folder = temporaryFolder();
    const options = { deserializer: asText, input: "in\nput", cwd: folder, env: { COLOUR: "blue", HOME: undefined } };
    expect(await run("cat; printf ' %s %s %s' \"$PWD\" \"$COLOUR\" \"${HOME-none}\"", options)).toBe(`in\nput ${folder} blue none`);
  });

  it("takes no input for an empty one, not for this process's", async () => {
    expect(await run("cat; echo 1")).toBe(1);
  });

  it("survives a process that does not read its input", async () => {
    expect(await run("echo 1", { input: "x".repeat(1_000_000) })).toBe(1);
  });

  it("tells of whole lines, however they come, and of the last one without an end", async () => {
    const [out, err]: [string[], string[]] = [[], []];
    await run("printf 'on'; sleep 0.05; printf 'e\\r\\ntwo\\n\\nth\\303'; sleep 0.05; printf '\\266ree'; echo oops >&2", { deserializer: asText, onStdout: (line) => out.push(line), onStderr: (line) => err.push(line) });
    expect(out).toEqual(["one", "two", "", "thöree"]);
    expect(err).toEqual(["oops"]);
  });

  it("tells the call of pid, start, command and exit", async () => {
    const host = new FakeHost();
    const ended: unknown[] = [];
    const work = run("read -r line; exit 0", { deserializer: asText, onExit: (...how) => ended.push(how) }, host);
    const { pid, processStart, command } = await host.running;
    expect(processStart).toBe(processStartOf(process.pid) === "" ? "" : processStart);
    expect(command).toEqual(["sh", "-c", "read -r line; exit 0"]);
    await work.catch(() => undefined);
    expect(host.exited).toEqual([{ pid, exitCode: 0 }]);
    expect(ended).toEqual([[0, undefined]]);
  });

  it("reports what callbacks reject with, too", async () => {
    const host = new FakeHost();
    const broken = new Error("broken");
    const reject = (): Promise<void> => Promise.reject(broken);
    expect(await run("echo 1; echo oops >&2", { onStdout: reject, onStderr: reject, onExit: reject }, host)).toBe(1);
    expect(host.failures.map(([error, callback]) => [error === broken, callback]).sort()).toEqual([[true, "onExit"], [true, "onStderr"], [true, "onStdout"]]);
  });

  it("says in one line why it cannot be started", async () => {
    expect(await failureOf(run("true", { cwd: join(temporaryFolder(), "nowhere") }))).toMatchObject({ message: expect.not.stringContaining("\n") as string });
  });

  it("reports what callbacks throw, and succeeds all the same", async () => {
    const host = new FakeHost();
    const broken = new Error("broken");
    const options = { onStdout: () => { throw broken; }, onExit: () => { throw broken; } };
    expect(await run("echo 1", options, host)).toBe(1);
    expect(host.failures).toEqual([[broken, "onStdout"], [broken, "onExit"]]);
  });

  it.each(["executable", "args", "cwd", "env", "input", "timeoutMs", "graceMs", "signal", "deserializer", "onStdout", "onStderr", "onExit", "arguments"])("refuses a %s that is none, and names it", (field) => {
    const bad = { [field]: field === "executable" ? "" : { not: 1 }, ...(field === "env" ? { env: { A: 1 } } : {}) };
    expect(() => stdioWorker({ executable: "sh", ...bad } as unknown as StdioWorkerOptions<unknown>)).toThrow(expect.objectContaining({ code: "INVALID_OPTION", field: expect.stringContaining(field) as string }) as InvalidOptionError);
  });
});

describe("ending a worker", () => {
  /** A script that has a child of its own, which writes its pid to a file; both ignore SIGTERM when told to. */
  const family = (folder: string, ignoring: boolean): string => `${ignoring ? "trap '' TERM; " : ""}sh -c 'echo $$ > "${folder}/new" && mv "${folder}/new" "${folder}/child"; while :; do sleep 0.05; done' & wait; while :; do sleep 0.05; done`;
  const childOf = async (folder: string): Promise<number> => pollFile<number>({ path: join(folder, "child"), pollIntervalMs: 10 })();
  const gone = (...pids: number[]): Promise<true> => pollUntil(() => (pids.some(isRunning) ? undefined : true as const), { pollIntervalMs: 10, timeoutMs: 10_000 })();

  it("by its timeout ends the process and all that it has started", async () => {
    const folder = temporaryFolder();
    const host = new FakeHost();
    const work = failureOf(run(family(folder, false), { timeoutMs: 1500 }, host));
    const [{ pid }, child] = [await host.running, await childOf(folder)];
    expect(await work).toMatchObject({ code: "TIMED_OUT", timeoutMs: 1500 });
    expect(await work).toBeInstanceOf(TimedOutError);
    expect(host.exited).toEqual([{ pid, signal: "SIGTERM" }]);
    await gone(pid, child);
  });

  it("that does not listen kills it after the grace", async () => {
    const folder = temporaryFolder();
    const host = new FakeHost();
    const work = failureOf(run(family(folder, true), { graceMs: 100 }, host));
    const [{ pid }, child] = [await host.running, await childOf(folder)];
    const reason = new Error("enough");
    host.controller.abort(reason);
    expect(await work).toBe(reason);
    expect(host.exited).toEqual([{ pid, signal: "SIGKILL" }]);
    await gone(pid, child);
  });

  it("that is stopped ends it, too", async () => {
    const host = new FakeHost();
    const own = new AbortController();
    const work = failureOf(run("kill -STOP $$; echo 1", { signal: own.signal }, host));
    const { pid } = await host.running;
    await pollUntil(() => (stateOf(pid) === "T" ? true : undefined), { pollIntervalMs: 10 })();
    own.abort("no more");
    expect(await work).toBe("no more");
    expect(host.exited).toEqual([{ pid, signal: "SIGTERM" }]);
  });

  it("by hand is a failure that carries the signal", async () => {
    const host = new FakeHost();
    const work = failureOf(run("echo ready >&2; while :; do sleep 0.05; done", {}, host));
    const process = await host.running;
    expect(process.kill("SIGINT")).toBe(true);
    expect(await work).toMatchObject({ code: "WORKER_FAILED", signal: "SIGINT" });
    expect(process.kill("SIGINT")).toBe(false);
  });

  it("with a call that was aborted before starts none", async () => {
    const host = new FakeHost();
    const reason = new Error("before");
    host.controller.abort(reason);
    expect(await failureOf(run("echo 1", {}, host))).toBe(reason);
    expect(host.started).toEqual([]);
  });

  it("with a log that refuses the start kills it, and fails with the refusal", async () => {
    const host = new FakeHost();
    host.refuseStart = new SessionExpiredError("op", "s1");
    expect(await failureOf(run("trap '' TERM; while :; do sleep 0.05; done", {}, host))).toBe(host.refuseStart);
    expect(host.exited).toEqual([{ pid: host.started[0]?.pid, signal: "SIGKILL" }]);
  });

  it("ends also what an exiting process leaves behind, which would hold its pipes", async () => {
    const folder = temporaryFolder();
    const host = new FakeHost();
    const script = `sh -c 'echo $$ > "${folder}/new" && mv "${folder}/new" "${folder}/child"; while :; do sleep 0.05; done' & until [ -e "${folder}/child" ]; do sleep 0.01; done; echo 5`;
    expect(await run(script, {}, host)).toBe(5);
    await gone(Number(readFileSync(join(folder, "child"), "utf8")));
  });

  it.each(["exit", "throw", "signal"])("comes with the end of this process, by %s", async (how) => {
    const program = startProgram("leave-worker", [how]);
    const pid = Number(await program.line(() => true));
    if (how === "signal") program.child.kill("SIGTERM");
    expect(await program.ended).toMatchObject(how === "signal" ? { code: null, signal: "SIGTERM" } : { code: how === "exit" ? 0 : 1, signal: null });
    await gone(pid);
  });

  it("of a call that is over is not refused to the worker; another fault is", async () => {
    const host = new FakeHost();
    host.refuseExit = new CallSettledError(host.callId);
    expect(await run("echo 1", {}, host)).toBe(1);
    host.refuseExit = new Error("disk on fire");
    expect(await failureOf(run("echo 1", {}, host))).toBe(host.refuseExit);
  });
});

function stateOf(pid: number): string | undefined {
  try {
    return /^\d+ \(.*\) (\w)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1];
  } catch {
    return undefined;
  }
}

/** A zombie that nobody has waited for is not: its process has ended. */
const isRunning = (pid: number): boolean => isThere(pid) && stateOf(pid) !== "Z";
