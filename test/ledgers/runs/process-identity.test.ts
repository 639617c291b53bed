import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ProcessSight } from "../../../src/ledgers/runs/liveness.js";
import { observerHere, thisProcess } from "../../../src/ledgers/runs/process-identity.js";
import type { ProcessIdentity } from "../../../src/ledgers/runs/process-identity.js";

const sightOf = (identity: ProcessIdentity): ProcessSight =>
  observerHere(0).sees({ ...identity, attempt: 1, by: "w", started: "", lastBeat: "", beatWithinMs: 1000 });

/** A field of /proc/PID/stat, counted from the state: 0 is the state, 19 the start time. */
const stat = (pid: number, field: number): string => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[field] ?? "";

/** A process that does nothing for long; killed when the test has ended. */
function sleeper(command = "exec sleep 600"): ChildProcess & { readonly pid: number } {
  const child = spawn("bash", ["-c", command], { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child as ChildProcess & { readonly pid: number };
}

const linux = existsSync("/proc/self/stat");
const identityOf = (pid: number): ProcessIdentity => ({ ...thisProcess(), pid, processStart: linux ? stat(pid, 19) : "" });

it("sees this process run", () => {
  expect(thisProcess().pid).toBe(process.pid);
  expect(sightOf(thisProcess())).toBe("running");
});

it("sees a child run while it does, and gone once it is killed", async () => {
  const child = sleeper();
  const identity = identityOf(child.pid);
  expect(sightOf(identity)).toBe("running");
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(sightOf(identity)).toBe("gone");
});

it("looks at a process once for each observer", async () => {
  const child = sleeper();
  const observer = observerHere(0);
  const attempt = { ...identityOf(child.pid), attempt: 1, by: "w", started: "", lastBeat: "", beatWithinMs: 1000 };
  expect(observer.sees(attempt)).toBe("running");
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(observer.sees(attempt)).toBe("running");
  expect(observerHere(0).sees(attempt)).toBe("gone");
});

describe.runIf(linux)("on Linux", () => {
  it("knows this process by boot, pid namespace and start time", () => {
    expect(thisProcess()).toMatchObject({
      boot: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      pidNamespace: expect.stringMatching(/^pid:\[\d+\]$/) as string,
      processStart: stat(process.pid, 19),
    });
  });

  it("sees a killed process gone although nobody has asked for its exit yet", async () => {
    // The second sleep is the parent of the first, and never waits for it.
    const parent = sleeper("sleep 600 & echo $!; exec sleep 600");
    const pid = Number(String((await once(parent.stdout!, "data"))[0]));
    // Until it has become the second sleep, the shell would still see to it.
    while (readFileSync(`/proc/${parent.pid}/comm`, "utf8") !== "sleep\n") await pause(5);
    const identity = identityOf(pid);
    expect(sightOf(identity)).toBe("running");
    process.kill(pid, "SIGKILL");
    while (stat(pid, 0) !== "Z") await pause(5);
    expect(sightOf(identity)).toBe("gone");
  });

  it("sees a stopped process run", async () => {
    const child = sleeper();
    child.kill("SIGSTOP");
    while (stat(child.pid, 0) !== "T") await pause(5);
    expect(sightOf(identityOf(child.pid))).toBe("running");
  });

  it("takes a process that started at another time for another one, on whose pid it is", () => {
    expect(sightOf({ ...thisProcess(), processStart: "1" })).toBe("gone");
  });

  it("reads past a command name made to deceive", async () => {
    const renamed = spawn(
      process.execPath,
      ["-e", "process.title = 'a) Z (b'; console.log('up'); setTimeout(() => {}, 600000)"],
      { stdio: ["ignore", "pipe", "ignore"] },
    );
    onTestFinished(() => void renamed.kill("SIGKILL"));
    await once(renamed.stdout, "data");
    expect(readFileSync(`/proc/${renamed.pid}/stat`, "utf8")).toContain(") Z (");
    expect(sightOf(identityOf(renamed.pid!))).toBe("running");
  });

  it("sees every process of an earlier boot gone", () => {
    expect(sightOf({ ...thisProcess(), boot: "00000000-0000-0000-0000-000000000000" })).toBe("gone");
  });

  it("does not see where it cannot know: no boot id", () => {
    expect(sightOf({ ...thisProcess(), boot: "" })).toBe("unseen");
  });

  it("does not see into another pid namespace, alive or not", () => {
    expect(sightOf({ ...thisProcess(), pidNamespace: "pid:[1]" })).toBe("unseen");
    expect(sightOf({ ...thisProcess(), pidNamespace: "pid:[1]", pid: 2 ** 22 + 1 })).toBe("unseen");
  });
});

it("does not see onto another host, whatever its boot", () => {
  expect(sightOf({ ...thisProcess(), host: "elsewhere" })).toBe("unseen");
  expect(sightOf({ ...thisProcess(), host: "elsewhere", boot: "another" })).toBe("unseen");
});

it("sees pids that no process can have gone", () => {
  expect(sightOf({ ...thisProcess(), pid: 0 })).toBe("gone");
  expect(sightOf({ ...thisProcess(), pid: 2 ** 22 + 1 })).toBe("gone");
});
