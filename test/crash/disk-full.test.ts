import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { isDaybookError, openDaybook } from "../../src/index.js";
import { canMount } from "../support/can-mount.js";
import { runProgram } from "../support/programs.js";
import { readAll } from "../support/small-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";

describe("a full disk", () => {
  it("gives a typed error at a real file-size limit, keeps what was acknowledged, and the handle goes on with small events", async () => {
    const root = temporaryFolder();
    // 256 blocks of 1 KiB; SIGXFSZ ignored, so that the write fails with EFBIG instead of ending the process.
    const lines = await runProgram("fill-disk", [root], { shellPrefix: "trap '' XFSZ; ulimit -f 256;" });
    const acknowledged = Number(lines.find((line) => line.startsWith("acknowledged "))?.split(" ")[1]);
    expect(lines).toContain("refused WRITE_FAILED EFBIG");
    expect(lines).toContain("small ok");
    const events = await readAll(root);
    expect(events).toHaveLength(acknowledged + 1);
    const book = await openDaybook(root);
    expect(await book.verify({ full: true })).toMatchObject({ ok: true });
    await book.close();
  });

  it.runIf(canMount())("gives a typed error on a full file system, and the same handle goes on once there is space", async () => {
    const mount = temporaryFolder();
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", mount]);
    onTestFinished(() => void execFileSync("umount", ["-l", mount]));
    const root = join(mount, "root");
    mkdirSync(root);
    writeFileSync(join(mount, "ballast"), Buffer.alloc(600 * 1024));

    const book = await openDaybook(root);
    let acknowledged = 0;
    const failure = await (async () => {
      for (;;) {
        try {
          await book.log.append({ stream: "big/1", type: "big.written", data: { text: "x".repeat(20_000) } });
          acknowledged += 1;
        } catch (error) {
          return error;
        }
      }
    })();
    expect(isDaybookError(failure, "WRITE_FAILED")).toBe(true);
    expect((failure as Error).cause).toMatchObject({ code: "ENOSPC" });
    expect((await book.log.head()).seq).toBe(acknowledged);

    rmSync(join(mount, "ballast"));
    const { firstSeq } = await book.log.append({ stream: "big/1", type: "big.written", data: { text: "after" } });
    expect(firstSeq).toBe(acknowledged + 1);
    expect(await book.verify({ full: true })).toMatchObject({ ok: true, events: acknowledged + 1, notes: [] });
    await book.close();
    expect(await readAll(root)).toHaveLength(acknowledged + 1);
  });
});
