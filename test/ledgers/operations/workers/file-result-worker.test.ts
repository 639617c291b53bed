import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { InvalidOptionError } from "../../../../src/base/errors.js";
import { fileResultWorker } from "../../../../src/ledgers/operations/workers/file-result-worker.js";
import type { FileResultWorkerOptions } from "../../../../src/ledgers/operations/workers/worker-options.js";
import { temporaryFolder } from "../../../support/temporary-folder.js";
import { failureOf, FakeHost, isThere } from "./fake-host.js";

/** Runs a shell script in a folder; its result is the file `result` there. */
const run = <T>(folder: string, script: string, options: Partial<FileResultWorkerOptions<T>> = {}, host = new FakeHost()): Promise<T> =>
  fileResultWorker<T>({ executable: "sh", args: ["-c", script], cwd: folder, resultFilePath: "result", pollIntervalMs: 20, ...options }).work(host);

describe("a worker whose result is a file", () => {
  it("gives its JSON, and the file is gone", async () => {
    const folder = temporaryFolder();
    expect(await run(folder, `echo '{"a": [1]}' > result`)).toEqual({ a: [1] });
    expect(existsSync(join(folder, "result"))).toBe(false);
  });

  it("gives what the deserializer makes of its text, and leaves the file when asked to", async () => {
    const folder = temporaryFolder();
    expect(await run(folder, "printf ' text '", { deserializer: (text) => text }).catch((error: Error) => error.message)).toContain("without its result");
    expect(await run(folder, "printf ' text ' > result", { deserializer: (text) => text, deleteResultFile: false })).toBe(" text ");
    expect(readFileSync(join(folder, "result"), "utf8")).toBe(" text ");
  });

  it("is not read before it is complete", async () => {
    const folder = temporaryFolder();
    expect(await run(folder, "printf '[1' > result; sleep 0.15; printf ']' >> result; sleep 0.1; printf '  ' >> result")).toEqual([1]);
  });

  it("that was there before is not taken for the result, and stays", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "result");
    writeFileSync(file, "1");
    for (const until of ["exit", "result"] as const) {
      expect(await failureOf(run(folder, "sleep 0.1", { until }))).toMatchObject({ code: "WORKER_FAILED", exitCode: 0, message: expect.stringContaining(`without its result: nothing new in ${file}`) as string });
      expect(readFileSync(file, "utf8")).toBe("1");
    }
  });

  it("that is written anew over an earlier one is taken, in place or by a rename", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "result"), "1");
    expect(await run(folder, "echo 2 > result", { deleteResultFile: false })).toBe(2);
    expect(await run(folder, "echo 3 > new; mv new result", { deleteResultFile: false })).toBe(3);
  });

  it("counts for nothing when the process exits with another code than 0", async () => {
    const folder = temporaryFolder();
    expect(await failureOf(run(folder, "echo 1 > result; echo why >&2; exit 4"))).toMatchObject({ code: "WORKER_FAILED", exitCode: 4, stderr: "why\n" });
    expect(existsSync(join(folder, "result"))).toBe(true);
  });

  it("that is missing when the process exits is a failure at once, whatever the time limit", async () => {
    const began = performance.now();
    for (const until of ["exit", "result"] as const) {
      expect(await failureOf(run(temporaryFolder(), "true", { until, timeoutMs: 60_000 }))).toMatchObject({ code: "WORKER_FAILED", message: expect.stringMatching(/exited with 0, but without its result: there is no file/) as string });
    }
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it("that is no JSON is a failure", async () => {
    expect(await failureOf(run(temporaryFolder(), "echo '{' > result"))).toMatchObject({ code: "WORKER_FAILED", cause: { name: "SyntaxError" } });
  });

  it("that cannot be read is a failure of the worker", async () => {
    expect(await failureOf(run(temporaryFolder(), "ln -s result result"))).toMatchObject({ code: "WORKER_FAILED", cause: { code: "ELOOP" } });
  });

  it("counts, also when the file cannot be deleted, which is reported", async () => {
    const folder = temporaryFolder();
    const host = new FakeHost();
    const path = join(folder, "result");
    // A folder in its place does not go.
    const deserializer = (text: string): string => {
      rmSync(path);
      mkdirSync(path);
      return text;
    };
    expect(await run(folder, "printf text > result", { deserializer }, host)).toBe("text");
    expect(host.failures).toMatchObject([[{ code: "WORKER_FAILED" }, "deleteResultFile"]]);
  });

  it("of a process that goes on is taken once it is complete, and the process is ended", async () => {
    const host = new FakeHost();
    const lines: string[] = [];
    const work = run(temporaryFolder(), "printf '{\"a\":' > result; sleep 0.2; printf ' 1}' >> result; echo written; while :; do sleep 0.05; done", { until: "result", onStdout: (line) => lines.push(line) }, host);
    expect(await work).toEqual({ a: 1 });
    expect(lines).toEqual(["written"]);
    const [{ pid } = { pid: 0 }] = host.started;
    expect(host.exited).toEqual([{ pid, signal: "SIGTERM" }]);
    expect(isThere(pid)).toBe(false);
  });

  it("refuses options that are none, and names them", () => {
    for (const bad of [{ resultFilePath: "" }, { resultFilePath: undefined }, { deleteResultFile: 1 }, { until: "end" }, { pollIntervalMs: 0 }, { resultPath: "a" }]) {
      const options = { executable: "true", resultFilePath: "result", ...bad } as unknown as FileResultWorkerOptions<unknown>;
      expect(() => fileResultWorker(options)).toThrow(expect.objectContaining({ code: "INVALID_OPTION", field: Object.keys(bad)[0] }) as InvalidOptionError);
    }
  });
});
