import { describe, expect, it } from "vitest";
import { daybook, ended, jsonLines, recordOf, said, script, start, temporaryFolder } from "./support.js";

/** Counts the signals it gets; ends half a second after the first one. */
const counting = [
  "let count = 0;",
  "for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']) process.on(signal, () => {",
  "  count += 1;",
  "  if (count === 1) setTimeout(() => { console.log(signal, count); process.exit(11); }, 500);",
  "});",
  "console.log('ready');",
  "setTimeout(() => {}, 30_000);",
];

describe.concurrent("daybook run and signals", () => {
  it.each(["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1"] as const)("passes %s on, once, and outlives the command", async (signal) => {
    const cwd = temporaryFolder();
    const child = start(cwd, ["run", "job", "--", ...script(cwd, "count.mjs", counting)]);
    const end = ended(child);
    await said(child.stdout, /ready/);
    child.kill(signal);
    const { code, stdout } = await end;
    expect({ code, stdout }).toEqual({ code: 11, stdout: `ready\n${signal} 1\n` });
    expect(await recordOf(cwd, "job/0001")).toMatchObject({ status: "ERROR", error: { message: "exit code 11" } });
  });

  it("does not repeat a signal that the whole group got, as by Ctrl-C", async () => {
    const cwd = temporaryFolder();
    const child = start(cwd, ["run", "job", "--", ...script(cwd, "count.mjs", counting)], { detached: true });
    const end = ended(child);
    await said(child.stdout, /ready/);
    process.kill(-(child.pid as number), "SIGINT");
    const { code, stdout } = await end;
    expect({ code, stdout }).toEqual({ code: 11, stdout: "ready\nSIGINT 1\n" });
  });

  it("records the signal that ended the command: SIGTERM is 143", async () => {
    const cwd = temporaryFolder();
    const child = start(cwd, ["run", "job", "--", "sh", "-c", "echo ready; exec sleep 30"]);
    const end = ended(child);
    await said(child.stdout, /ready/);
    child.kill("SIGTERM");
    expect((await end).code).toBe(143);
    expect(await recordOf(cwd, "job/0001")).toMatchObject({ status: "ERROR", error: { message: "killed by SIGTERM" }, attempts: [{ signal: "SIGTERM" }] });
  });

  it("shows a run whose wrapper was killed as lost, refuses it while it lives, and --reuse takes it up again", async () => {
    const cwd = temporaryFolder();
    const args = ["run", "job", "-p", "seed=1", "--reuse", "--"];
    // The command ends by itself once nobody reads its output any more.
    const child = start(cwd, [...args, process.execPath, "-e", "setInterval(() => console.log('ready'), 50)"]);
    const end = ended(child);
    await said(child.stdout, /ready/);
    const busy = await daybook(cwd, ["--json", ...args, "true"]);
    expect(busy.code).toBe(1);
    expect(jsonLines<object>(busy.stderr)).toMatchObject([{ error: { code: "RUN_BUSY", run: "job/0001" } }]);
    expect((await daybook(cwd, ["runs"])).stdout).toMatch(/job\/0001 +RUNNING +1/);
    child.kill("SIGKILL");
    expect((await end).signal).toBe("SIGKILL");
    const lost = await daybook(cwd, ["runs", "--status", "lost"], { env: { FORCE_COLOR: "1" } });
    expect(lost.stdout).toContain("\u001b[31mRUNNING (lost)");
    const again = await daybook(cwd, [...args, "true"]);
    expect(again.stderr).toContain("run job/0001 (attempt 2)");
    expect(await recordOf(cwd, "job/0001")).toMatchObject({ status: "DONE", attempts: [{ attempt: 1 }, { attempt: 2, exitCode: 0 }] });
  });
});

describe.concurrent("daybook log --follow", () => {
  it("prints what is there, then what comes, and ends with 0 on a signal", async () => {
    const cwd = temporaryFolder();
    await daybook(cwd, ["run", "job", "--", "true"]);
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const follow = start(cwd, ["--json", "log", "--follow", "--type", "run.noted", "--type", "run.allocated"]);
      const end = ended(follow);
      await said(follow.stdout, /run\.allocated/);
      const note = said(follow.stdout, new RegExp(`run\\.noted.*${signal}`));
      await daybook(cwd, ["set", "job/0001", "--note", signal]);
      await note;
      follow.kill(signal);
      const { code, stdout, stderr } = await end;
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const seqs = jsonLines<{ seq: number }>(stdout).map(({ seq }) => seq);
      expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
    }
  });
});
