import { existsSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isDaybookError } from "../../src/base/errors.js";
import type { LogFileSystem } from "../../src/log/file-system.js";
import { faultyFiles } from "../support/faulty-files.js";
import type { FileCall } from "../support/faulty-files.js";
import { durably, note, openRawLog } from "../support/raw-log.js";
import { activeSegment, readAll } from "../support/small-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";

/** Fails the next call of that name once `armed` is set. */
function oneFault(call: FileCall, error: string, short?: number): { arm(): void } & ReturnType<typeof faultyFiles> {
  let armed = false;
  const faulty = faultyFiles((made) => {
    // On a disk that happens to be slow, a sync is made in the thread pool.
    const syncs = call === "fdatasyncSync" && made === "fdatasync";
    if (!armed || (made !== call && !syncs)) return undefined;
    armed = false;
    return short === undefined ? { error } : { error, short };
  });
  return { ...faulty, arm: () => void (armed = true) };
}

/** A disk that takes its time: its syncs are not waited for on the spot. */
function slowlySynced(files: LogFileSystem): LogFileSystem {
  return {
    ...files,
    fdatasyncSync: (fd) => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30);
      files.fdatasyncSync(fd);
    },
  };
}

describe("a failed write", () => {
  it.each(["EIO", "ENOSPC", "EDQUOT", "EFBIG"])("with %s rejects every caller of the commit with the cause and leaves the log as it was", async (code) => {
    const root = temporaryFolder();
    const fault = oneFault("writeSync", code, 30);
    const log = await openRawLog(root, { files: fault.files });
    await log.append([note(1)], durably);
    const before = readFileSync(activeSegment(root));
    fault.arm();
    const outcomes = await Promise.allSettled([log.append([note(2)], durably), log.append([note(3)], durably)]);
    for (const outcome of outcomes) {
      expect(outcome.status === "rejected" && isDaybookError(outcome.reason, "WRITE_FAILED")).toBe(true);
      expect(((outcome as PromiseRejectedResult).reason as Error).cause).toMatchObject({ code });
    }
    expect(readFileSync(activeSegment(root))).toEqual(before);
    expect(await log.append([note(4)], durably)).toEqual({ firstSeq: 2, lastSeq: 2 });
    await log.close();
    expect((await readAll(root)).map((event) => event.data["number"])).toEqual([1, 4]);
  });

  it("goes on where a short write stopped, and repeats what a signal interrupted", async () => {
    const root = temporaryFolder();
    let index = 0;
    const { files } = faultyFiles((call) => {
      index += 1;
      if (call !== "writeSync") return undefined;
      return index % 3 === 0 ? { error: "EINTR" } : { short: 7 };
    });
    const log = await openRawLog(root, { files });
    for (let number = 0; number < 5; number += 1) await log.append([note(number), note(number)], durably);
    expect(await log.verify({ full: true })).toMatchObject({ ok: true, events: 10 });
    await log.close();
  });

  it("of a new segment leaves the old one in use", async () => {
    const root = temporaryFolder();
    const fault = oneFault("renameSync", "ENOSPC");
    const log = await openRawLog(root, { files: fault.files, segmentBytes: 300 });
    await log.append([note(1, "x".repeat(300))], durably);
    fault.arm();
    await expect(log.append([note(2)], durably)).rejects.toMatchObject({ code: "WRITE_FAILED" });
    await log.append([note(3)], durably);
    await log.seal();
    expect(await log.verify({ full: true })).toMatchObject({ ok: true, events: 2, segments: 2 });
    await log.close();
  });

  it("of a quarantine copy leaves the torn tail for the next try", async () => {
    const root = temporaryFolder();
    const first = await openRawLog(root);
    await first.append([note(1)], durably);
    await first.append([note(2)], durably);
    await first.close();
    truncateSync(activeSegment(root), readFileSync(activeSegment(root)).length - 4);

    const fault = oneFault("writeSync", "ENOSPC");
    const log = await openRawLog(root, { files: fault.files });
    fault.arm();
    await expect(log.append([note(3)], durably)).rejects.toMatchObject({ code: "WRITE_FAILED" });
    await log.append([note(4)], durably);
    await log.close();
    expect((await readAll(root)).map((event) => event.type)).toEqual(["note.taken", "log.recovered", "note.taken"]);
  });
});

describe("a failed sync", () => {
  it.each([
    ["alone", 1],
    ["of several callers", 3],
  ])("%s is reported, and nobody writes until the log was opened anew", async (_title, callers) => {
    const root = temporaryFolder();
    // Syncs that were slow before are waited for in the thread pool.
    const fault = oneFault(callers === 1 ? "fdatasyncSync" : "fdatasync", "EIO");
    const log = await openRawLog(root, { files: callers === 1 ? fault.files : slowlySynced(fault.files) });
    const other = await openRawLog(root);
    await log.append([note(0)], durably);
    fault.arm();
    const outcomes = await Promise.allSettled(Array.from({ length: callers }, (_, index) => log.append([note(index + 1)], durably)));
    for (const outcome of outcomes) expect(outcome.status === "rejected" && isDaybookError(outcome.reason, "SYNC_FAILED")).toBe(true);
    expect(existsSync(join(root, "log", "failed"))).toBe(true);
    // An fsync is never tried again as if nothing had been: this handle is done for, and so is every other one.
    await expect(log.append([note(8)], durably)).rejects.toMatchObject({ code: "SYNC_FAILED" });
    await expect(other.append([note(9)], durably)).rejects.toMatchObject({ code: "SYNC_FAILED" });
    await log.close();
    await other.close();

    const again = await openRawLog(root);
    expect(existsSync(join(root, "log", "failed"))).toBe(false);
    await again.append([note(10)], durably);
    expect(await again.verify({ full: true })).toMatchObject({ ok: true, events: callers + 2, notes: [] });
    await again.close();
  });

  it("while another handle waits for its own sync keeps that one from acknowledging", async () => {
    const root = temporaryFolder();
    const fault = oneFault("fdatasyncSync", "EIO");
    const failing = await openRawLog(root, { files: fault.files });
    const files = slowlySynced(faultyFiles(() => undefined).files);
    let release: (() => void) | undefined;
    const slow = await openRawLog(root, {
      files: {
        ...files,
        // Holds the sync of this handle back until the other one has failed.
        fdatasync: ((fd: number, done: (error: Error | null) => void) => void (release = () => files.fdatasync(fd, done))) as typeof files.fdatasync,
      },
    });
    await slow.append([note(0)], durably);
    const waiting = Promise.allSettled([slow.append([note(1)], durably), slow.append([note(2)], durably)]);
    while (release === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    fault.arm();
    await expect(failing.append([note(3)], durably)).rejects.toMatchObject({ code: "SYNC_FAILED" });
    release();
    for (const outcome of await waiting) expect(outcome).toMatchObject({ status: "rejected", reason: { code: "SYNC_FAILED" } });
    await failing.close();
    await slow.close();
  });

  it("is what a caller is told of too when only the mark could not be looked for: the events may be there", async () => {
    const root = temporaryFolder();
    let looks = 0;
    let armed = false;
    const { files } = faultyFiles((call, _index, [path]) => {
      if (!armed || call !== "statSync" || !String(path).endsWith("failed")) return undefined;
      looks += 1;
      // The first look is before the write, and would refuse it.
      return looks === 2 ? { error: "EIO" } : undefined;
    });
    const log = await openRawLog(root, { files });
    armed = true;
    await expect(log.append([note(1)], durably)).rejects.toMatchObject({ code: "SYNC_FAILED" });
    await log.close();
    expect(await readAll(root)).toHaveLength(1);
  });

  it("at a rotation is a failed sync", async () => {
    const root = temporaryFolder();
    const fault = oneFault("fsyncSync", "EIO");
    const log = await openRawLog(root, { files: fault.files, segmentBytes: 300 });
    await log.append([note(1, "x".repeat(300))], durably);
    fault.arm();
    await expect(log.append([note(2)], durably)).rejects.toMatchObject({ code: "SYNC_FAILED" });
    await log.close();
    const again = await openRawLog(root);
    expect((await again.append([note(3)], durably)).firstSeq).toBe(2);
    await again.close();
  });
});

describe("any system call", () => {
  /** Opens, appends across rotations, seals and closes; gives what was acknowledged. */
  async function work(root: string, files: ReturnType<typeof faultyFiles>["files"]): Promise<number[]> {
    const acknowledged: number[] = [];
    let log;
    try {
      log = await openRawLog(root, { files, segmentBytes: 300, lockTimeoutMs: 200 });
    } catch (error) {
      expect(isDaybookError(error)).toBe(true);
      return acknowledged;
    }
    for (let number = 1; number <= 4; number += 1) {
      try {
        await log.append([note(number, "x".repeat(80)), note(number)], durably);
        acknowledged.push(number);
      } catch (error) {
        expect(isDaybookError(error), String(error)).toBe(true);
      }
    }
    await log.seal().catch((error: unknown) => void error);
    await log.close();
    return acknowledged;
  }

  it("may fail once: what was acknowledged is there, whole batches only, and the log opens unaided", { timeout: 120_000 }, async () => {
    const counted = faultyFiles(() => undefined);
    await work(temporaryFolder(), counted.files);
    const changing: readonly FileCall[] = ["openSync", "writeSync", "fsyncSync", "fdatasyncSync", "fdatasync", "ftruncateSync", "mkdirSync", "renameSync", "linkSync"];
    for (const code of ["EIO", "ENOSPC"]) {
      for (let failing = 1; failing <= counted.calls.length; failing += 1) {
        // A disk can only be full where something is made or written.
        if (code === "ENOSPC" && !changing.includes(counted.calls[failing - 1] as FileCall)) continue;
        const root = temporaryFolder();
        const { files, calls } = faultyFiles((_call, index) => (index === failing ? { error: code } : undefined));
        const acknowledged = await work(root, files);
        const what = `${code} at call ${failing}, ${calls[failing - 1]}`;
        const log = await openRawLog(root).catch((error: unknown) => expect.fail(`${what}: ${String(error)}`));
        expect(await log.verify({ full: true }), what).toMatchObject({ ok: true, faults: [] });
        await log.close();
        const numbers = (await readAll(root)).filter((event) => event.type === "note.taken").map((event) => event.data["number"] as number);
        for (const number of acknowledged) expect(numbers.filter((one) => one === number), what).toHaveLength(2);
        for (const number of numbers) expect(numbers.filter((one) => one === number), what).toHaveLength(2);
      }
    }
  });
});
