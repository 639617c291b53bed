import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cli, daybook, ended, jsonLines, recordOf, said, script, start, temporaryFolder } from "./support.js";

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

describe.concurrent("daybook set in a command whose daybook run was killed", () => {
  it("is refused once the run has been taken up again: the orphan neither reports into the next attempt nor makes it DONE", async () => {
    const cwd = temporaryFolder();
    const args = ["run", "job", "-p", "seed=1", "--reuse", "--", "sh", "-c"];
    const set = `'${process.execPath}' '${cli}' set --status done --metric acc=1`;
    const child = start(cwd, [...args, `trap "" PIPE; echo ready; until [ -e go ]; do sleep 0.05; done; ${set} 2> said.txt; echo $? > code.txt; touch over`]);
    const end = ended(child);
    await said(child.stdout, /ready/);
    child.kill("SIGKILL");
    expect((await end).signal).toBe("SIGKILL");
    const second = await daybook(cwd, [...args, `touch go; until [ -e over ]; do sleep 0.05; done; ${set.replace("acc=1", "acc=2")}`]);
    expect(second).toMatchObject({ code: 0, stderr: expect.stringContaining("(attempt 2)") as string });
    expect(readFileSync(join(cwd, "code.txt"), "utf8")).toBe("1\n");
    expect(readFileSync(join(cwd, "said.txt"), "utf8")).toMatch(/^daybook: Attempt 1 of run job\/0001 .*taken up.*\(LEASE_LOST\)\n$/);
    const { status, metrics, history } = await recordOf(cwd, "job/0001");
    expect([status, metrics, history.map((one) => one.status)]).toEqual(["DONE", { acc: 2 }, ["PENDING", "RUNNING", "RUNNING", "DONE"]]);
  });

  it("is refused however it names its run, and no other run is concerned", async () => {
    const cwd = temporaryFolder();
    for (const place of [[], ["--relpath", "mnist"]]) {
      for (const more of [[], [], ["--reuse"]]) await daybook(cwd, ["run", place.length === 0 ? "job" : "far", "-p", "seed=1", ...place, ...more, "--", "false"]);
    }
    const root = join(cwd, "results");
    // Of each, the first run has two attempts; the command of its first one is still there.
    const orphan = (relpath: string, identifier: string): object => ({ DAYBOOK_ROOT: root, DAYBOOK_IDENTIFIER: identifier, DAYBOOK_RELPATH: relpath, DAYBOOK_UID: "0001", DAYBOOK_ATTEMPT: "1" });
    const set = async (env: object, ...args: string[]): Promise<number | null> => (await daybook(cwd, ["set", ...args, "--note", "n"], { env: { ...env } })).code;
    expect(await Promise.all([set(orphan("", "job")), set(orphan("", "job"), "job/0001"), set(orphan("mnist", "far")), set(orphan("mnist", "far"), "far/0001"), set(orphan("mnist", "far"), "far/mnist/0001")])).toEqual([1, 1, 1, 1, 1]);
    expect((await recordOf(cwd, "job/0001")).note).toBeUndefined();
    expect(await Promise.all([set(orphan("", "job"), "job/0002"), set(orphan("", "job"), "far/0001"), set({ ...orphan("", "job"), DAYBOOK_ATTEMPT: "2" }), set({}, "job/0001")])).toEqual([0, 0, 0, 0]);
    expect(await set({ ...orphan("", "job"), DAYBOOK_ATTEMPT: "first" })).toBe(2);
    // A run of the same name in another daybook is another run.
    await daybook(cwd, ["--root", "elsewhere", "run", "job", "--", "true"]);
    expect((await daybook(cwd, ["--root", "elsewhere", "set", "job/0001", "--note", "n"], { env: { ...orphan("", "job"), DAYBOOK_ATTEMPT: "9" } })).code).toBe(0);
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
