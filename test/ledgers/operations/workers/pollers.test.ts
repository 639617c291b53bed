import { existsSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { InvalidOptionError} from "../../../../src/base/errors.js";
import { TimedOutError } from "../../../../src/base/errors.js";
import { pollFile, pollFiles, pollUntil } from "../../../../src/ledgers/operations/workers/pollers.js";
import { serverRequest } from "../../../../src/ledgers/operations/workers/server-request.js";
import { temporaryFolder } from "../../../support/temporary-folder.js";
import { failureOf } from "./fake-host.js";

const pollIntervalMs = 10;
const invalid = (field: string): InvalidOptionError => expect.objectContaining({ code: "INVALID_OPTION", field }) as InvalidOptionError;
const never = new Promise<undefined>(() => undefined);

describe("polling", () => {
  it("goes on until there is a value; false and 0 are some", async () => {
    for (const value of ["x", 0, false, ""]) {
      let calls = 0;
      expect(await pollUntil<unknown>(() => ((calls += 1) < 3 ? (calls === 1 ? null : undefined) : value), { pollIntervalMs })()).toBe(value);
      expect(calls).toBe(3);
    }
  });

  it("rejects with what the check throws", async () => {
    const error = new Error("no");
    expect(await failureOf(pollUntil(() => Promise.reject(error), { pollIntervalMs })())).toBe(error);
  });

  it("ends by its time limit, also when the check hangs", async () => {
    for (const check of [() => undefined, () => never]) {
      expect(await failureOf(pollUntil(check, { pollIntervalMs, timeoutMs: 50 })())).toBeInstanceOf(TimedOutError);
    }
  });

  it("ends by its own signal, and by that of the call whose work it is", async () => {
    const reason = new Error("enough");
    const own = new AbortController();
    const waiting = failureOf(pollUntil(() => never, { signal: own.signal })());
    own.abort(reason);
    expect(await waiting).toBe(reason);
    const given = new AbortController();
    const working = failureOf(pollUntil(() => undefined, { pollIntervalMs })({}, {}, given.signal));
    given.abort(reason);
    expect(await working).toBe(reason);
  });

  it("refuses options that are none, and names them", () => {
    expect(() => pollUntil(1 as never)).toThrow(invalid("check"));
    expect(() => pollUntil(() => 1, { pollIntervalMs: 0 })).toThrow(invalid("pollIntervalMs"));
    expect(() => pollUntil(() => 1, { timeoutMs: -1 })).toThrow(invalid("timeoutMs"));
    for (const none of [undefined, null, 1]) for (const make of [pollFile, pollFiles]) expect(() => make(none as never)).toThrow(invalid("options"));
    expect(() => pollFile({ path: "" })).toThrow(invalid("path"));
    expect(() => pollFile({ path: "a", deleteFile: true } as never)).toThrow(invalid("deleteFile"));
    expect(() => pollFiles({ paths: ["a", 1 as never] })).toThrow(invalid("paths[1]"));
    expect(() => pollFiles({ paths: "a" as never })).toThrow(invalid("paths"));
  });
});

describe("polling for files", () => {
  it("waits for one and reads it when it is complete", async () => {
    const file = join(temporaryFolder(), "a");
    const waiting = pollFile({ path: file, pollIntervalMs })();
    writeFileSync(file, '{"a":');
    await pollUntil(() => true, { pollIntervalMs })();
    writeFileSync(file, '{"a": 1}');
    expect(await waiting).toEqual({ a: 1 });
    expect(existsSync(file)).toBe(true);
  });

  it("deletes what it has read when asked to", async () => {
    const file = join(temporaryFolder(), "a");
    writeFileSync(file, "text");
    expect(await pollFile({ path: file, pollIntervalMs, delete: true, deserializer: (text) => text.length })()).toBe(4);
    expect(existsSync(file)).toBe(false);
  });

  it("gives up on a file that stays as it is and cannot be read", async () => {
    const file = join(temporaryFolder(), "a");
    writeFileSync(file, "text");
    expect(await failureOf(pollFile({ path: file, pollIntervalMs })())).toMatchObject({ code: "WORKER_FAILED", message: expect.stringContaining(file) as string });
  });

  it("rejects with one error for all that keeps a file from being read", async () => {
    const file = join(temporaryFolder(), "a");
    symlinkSync(file, file);
    expect(await failureOf(pollFile({ path: file, pollIntervalMs })())).toMatchObject({ code: "WORKER_FAILED", cause: { code: "ELOOP" } });
  });

  it("waits for several, and gives their values in the order of the paths", async () => {
    const folder = temporaryFolder();
    const paths = ["a", "b", "c"].map((name) => join(folder, name));
    const waiting = pollFiles<number>({ paths, pollIntervalMs, delete: true })();
    for (const [index, path] of [...paths.entries()].reverse()) {
      writeFileSync(`${path}.new`, String(index));
      renameSync(`${path}.new`, path);
    }
    expect(await waiting).toEqual([0, 1, 2]);
    expect(paths.filter(existsSync)).toEqual([]);
    expect(await pollFiles({ paths: [] })()).toEqual([]);
  });

  it("says which file did not come", async () => {
    const file = join(temporaryFolder(), "a");
    expect(await failureOf(pollFile({ path: file, pollIntervalMs, timeoutMs: 30 })())).toMatchObject({ code: "TIMED_OUT", message: expect.stringContaining(file) as string });
  });
});

describe("a request to a server as work", () => {
  const given = new AbortController().signal;

  it("gets the arguments of the work, and gives its value", async () => {
    const { work, description } = serverRequest<[string, number], string>({ work: (a, b, signal) => `${a} ${b} ${signal.aborted}` });
    expect(description).toBe("Server request");
    expect(await work("a", 1, given)).toBe("a 1 false");
    const error = new Error("500");
    expect(await failureOf(serverRequest({ work: () => { throw error; } }).work(given))).toBe(error);
  });

  it("ends by its time limit, with a signal that says so to the work", async () => {
    let signal: AbortSignal | undefined;
    const { work } = serverRequest<[], undefined>({ timeoutMs: 30, work: (one) => { signal = one; return never; } });
    expect(await failureOf(work(given))).toMatchObject({ code: "TIMED_OUT", timeoutMs: 30 });
    expect(signal?.aborted).toBe(true);
  });

  it("ends with its call", async () => {
    const call = new AbortController();
    const working = failureOf(serverRequest({ work: () => never }).work(call.signal));
    call.abort("cancelled");
    expect(await working).toBe("cancelled");
  });

  it("refuses options that are none, and names them", () => {
    expect(() => serverRequest({} as never)).toThrow(invalid("work"));
    expect(() => serverRequest({ work: () => 1, timeoutMs: 0 })).toThrow(invalid("timeoutMs"));
    expect(() => serverRequest({ work: () => 1, timeout: 0 } as never)).toThrow(invalid("timeout"));
  });
});
