import { existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openDaybook } from "../../src/index.js";
import { countOf, dataOf, eventsOf, takePart, untilLogged } from "../support/operation-parts.js";
import type { Participant } from "../support/operation-parts.js";
import { runProgram, startProgram } from "../support/programs.js";
import { temporaryFolder } from "../support/temporary-folder.js";

/** Everything that has to hold of an operation that failed. */
async function expectFailed(root: string, operation: string, survivors: readonly Participant[]): Promise<void> {
  for (const survivor of survivors) await survivor.sees("failure");
  const events = await untilLogged(root, operation, "operation.failed");
  expect([countOf(events, "operation.cleanup-started"), countOf(events, "operation.failed"), events.at(-1)?.type]).toEqual([1, 1, "operation.failed"]);
  const { survivors: asked } = dataOf(events, "operation.cleanup-started");
  expect(asked).toEqual(expect.arrayContaining(survivors.map(({ session }) => session)));
  for (const survivor of survivors) {
    const { session } = survivor;
    const said = (word: string): string[] => survivor.said(word);
    expect(events.filter((event) => event.type === "participant.cleaned-up" && event.data["session"] === session)).toHaveLength(1);
    expect(said("failure")).toHaveLength(1);
    // Its own, and that of each call that was open. What it printed before its report may be read after that.
    await expect.poll(() => said("cleanup").length).toBe(1 + said("call").filter((line) => line !== "done").length);
    expect(new Set(said("cleanup")).size).toBe(said("cleanup").length);
  }
  for (const call of events.filter(({ type }) => type === "call.started").map(({ data }) => data["call"] as string)) {
    const ends = events.filter(({ type, data }) => /^call\.(ended|failed|cancelled|crashed)$/.test(type) && data["call"] === call);
    expect(ends, call).toHaveLength(1);
  }
  const book = await openDaybook(root, { readOnly: true });
  expect(await book.verify({ full: true })).toMatchObject({ ok: true });
  await book.close();
}

describe("a participant that is killed", () => {
  test("fails the operation within an interval, when a call of it was to: one survivor coordinates, each cleans up once", { timeout: 30_000 }, async () => {
    const root = temporaryFolder();
    const first = await takePart(root, "first", { calls: [true] });
    const { operation } = first;
    const [second, third, victim] = await Promise.all([
      takePart(root, "second", { join: operation, calls: [true, false] }),
      takePart(root, "third", { join: operation }),
      takePart(root, "victim", { join: operation, calls: [true, false] }),
    ]);
    await victim.kill();
    await expectFailed(root, operation, [first, second, third]);
    const events = await eventsOf(root, operation);
    expect(dataOf(events, "operation.crash-detected")).toMatchObject({ sessions: [victim.session], evidence: "gone" });
    expect(dataOf(events, "operation.failed")).toMatchObject({ reason: "victim crashed: its process is gone", crashedCalls: victim.said("call").slice(0, 1) });
    expect(first.said("stale")).toEqual(["victim"]);
    expect(second.said("operation-failed").length).toBe(2);
    expect(await first.say("call")).toBe("OPERATION_CLOSED");
    expect(await first.say("end")).toBe("CALL_SETTLED");
  });

  test("is closed alone, when its calls contain that: the others go on, and one of them removes what it left", { timeout: 30_000 }, async () => {
    const [root, folder] = [temporaryFolder(), realpathSync(temporaryFolder())];
    const file = join(folder, "scratch");
    const first = await takePart(root, "first", { calls: [true] });
    const victim = await takePart(root, "victim", { join: first.operation, calls: [false, false], resources: [file] });
    writeFileSync(file, "x");
    await victim.kill();
    const events = await untilLogged(root, first.operation, "operation.resource-removed");
    expect(dataOf(events, "operation.resource-removed")).toMatchObject({ session: victim.session, path: file, outcome: "removed" });
    expect(existsSync(file)).toBe(false);
    expect([countOf(events, "call.crashed"), countOf(events, "operation.cleanup-started")]).toEqual([2, 0]);
    expect([await first.say("end"), await first.say("complete")]).toEqual(["done", "done"]);
    expect(first.said("failure")).toEqual([]);
    expect((await eventsOf(root, first.operation)).at(-1)).toMatchObject({ type: "operation.completed" });
  });

  test("counts also without a call open, unless it joined to be contained; the initiator is no exception", { timeout: 30_000 }, async () => {
    const root = temporaryFolder();
    const initiator = await takePart(root, "initiator");
    const other = await takePart(root, "other", { join: initiator.operation });
    const contained = await takePart(root, "contained", { join: initiator.operation, failOnCrash: false });
    await contained.kill();
    await other.sees("stale contained");
    const detected = await untilLogged(root, initiator.operation, "operation.crash-detected");
    expect(countOf(detected, "operation.cleanup-started")).toBe(0);
    await initiator.kill();
    await expectFailed(root, initiator.operation, [other]);
    expect(dataOf(await eventsOf(root, initiator.operation), "operation.failed")).toMatchObject({ reason: "initiator crashed: its process is gone", crashedCalls: [] });
  });
});

test("what a participant had still registered when it left goes when its process is killed, by one of the others", { timeout: 30_000 }, async () => {
  const [root, folder] = [temporaryFolder(), realpathSync(temporaryFolder())];
  const file = join(folder, "scratch");
  const first = await takePart(root, "first");
  const leaver = await takePart(root, "leaver", { join: first.operation, resources: [file] });
  writeFileSync(file, "x");
  expect(await leaver.say("leave")).toBe("done");
  // It has still its process: nothing is removed under its hands.
  for (let beat = 0; beat < 5; beat += 1) await first.say("beat");
  expect(existsSync(file)).toBe(true);
  await leaver.kill();
  const events = await untilLogged(root, first.operation, "operation.resource-removed");
  expect(dataOf(events, "operation.resource-removed")).toMatchObject({ session: leaver.session, path: file, outcome: "removed" });
  expect([existsSync(file), countOf(events, "operation.crash-detected")]).toEqual([false, 0]);
});

test("a coordinator that dies in the middle of the clean-up is replaced, and the clean-up ends", { timeout: 30_000 }, async () => {
  const root = temporaryFolder();
  const coordinator = await takePart(root, "coordinator", { calls: [true, true], stuck: true });
  const { operation } = coordinator;
  const survivors = await Promise.all(["second", "third"].map((name) => takePart(root, name, { join: operation, calls: [true] })));
  // Its own clean-up never ends, so it is still at it when it is killed.
  coordinator.tell("fail");
  await untilLogged(root, operation, "operation.cleanup-started");
  await untilLogged(root, operation, "participant.cleaned-up");
  await coordinator.sees("cleanup");
  await coordinator.kill();
  await expectFailed(root, operation, survivors);
  const events = await eventsOf(root, operation);
  expect(dataOf(events, "operation.coordinator-replaced")).toMatchObject({ from: coordinator.session });
  expect(dataOf(events, "operation.failed")).toMatchObject({ reason: expect.stringContaining("it broke") as string, unreported: [coordinator.session] });
});

test("a survivor whose clean-up does not end is not waited for longer than promised", { timeout: 30_000 }, async () => {
  const root = temporaryFolder();
  const first = await takePart(root, "first", { calls: [true], cleanupMs: 600 });
  const stuck = await takePart(root, "stuck", { join: first.operation, calls: [true], stuck: true });
  const began = performance.now();
  await first.say("fail");
  const events = await untilLogged(root, first.operation, "operation.failed");
  expect(performance.now() - began).toBeGreaterThan(590);
  expect(performance.now() - began).toBeLessThan(9000);
  expect(dataOf(events, "operation.failed")).toMatchObject({ unreported: [stuck.session] });
  expect(await stuck.say("call")).toBe("OPERATION_CLOSED");
});

test("when all are killed at once, whoever connects next ends the operation and removes what they left; links are not followed", { timeout: 30_000 }, async () => {
  const [root, folder] = [temporaryFolder(), realpathSync(temporaryFolder())];
  const paths = ["file", "tree", "link"].map((name) => join(folder, name));
  const [file = "", tree = "", link = ""] = paths;
  const first = await takePart(root, "first", { calls: [true], resources: paths });
  const second = await takePart(root, "second", { join: first.operation, calls: [false] });
  writeFileSync(file, "x");
  mkdirSync(join(tree, "below"), { recursive: true });
  mkdirSync(join(folder, "precious"));
  writeFileSync(join(folder, "precious/file"), "kept");
  symlinkSync(join(folder, "precious"), link);
  symlinkSync(join(folder, "precious"), join(tree, "below/link"));
  await Promise.all([first.kill(), second.kill()]);
  // Looking ends nothing.
  expect(countOf(await eventsOf(root, first.operation), "operation.crash-detected")).toBe(0);
  const rescuer = await takePart(root, "rescuer");
  await rescuer.sees("connected");
  const events = await eventsOf(root, first.operation);
  expect(dataOf(events, "operation.failed")).toMatchObject({ reason: "first, second crashed: their processes are gone", crashedCalls: first.said("call") });
  expect([countOf(events, "operation.crash-detected"), countOf(events, "operation.cleanup-started"), countOf(events, "call.crashed")]).toEqual([1, 1, 2]);
  expect(events.filter(({ type }) => type === "operation.resource-removed").map(({ data }) => [data["path"], data["outcome"]])).toEqual([[file, "removed"], [tree, "removed"], [link, "refused"]]);
  expect([existsSync(file), existsSync(tree), existsSync(join(folder, "precious/file"))]).toEqual([false, false, true]);
});

test("a worker whose participant was killed is killed by a survivor, or by whoever connects next", { timeout: 30_000 }, async () => {
  const root = temporaryFolder();
  const workerOf = async (victim: Participant): Promise<number> => dataOf(await untilLogged(root, victim.operation, "call.worker-started"), "call.worker-started")["pid"] as number;
  const isGone = async (pid: number): Promise<void> => {
    // Its new parent has to take note of its end.
    await expect.poll(() => existsSync(`/proc/${pid}/exe`), { timeout: 10_000 }).toBe(false);
  };
  const first = await takePart(root, "first");
  const [near, alone] = [await takePart(root, "near", { join: first.operation, worker: true }), await takePart(root, "alone", { worker: true })];
  const workers = [await workerOf(near), await workerOf(alone)];
  await Promise.all([near.kill(), alone.kill()]);
  await untilLogged(root, first.operation, "operation.failed");
  await isGone(workers[0] ?? 0);
  expect(existsSync(`/proc/${workers[1]}/exe`)).toBe(true);
  await takePart(root, "rescuer");
  await isGone(workers[1] ?? 0);
  expect(dataOf(await eventsOf(root, alone.operation), "operation.logged")).toMatchObject({ level: "warning", message: expect.stringContaining(`Killed the worker ${workers[1]}`) as string });
});

test("of several that connect at once one rescues", { timeout: 30_000 }, async () => {
  const root = temporaryFolder();
  const first = await takePart(root, "first", { calls: [true] });
  await first.kill();
  const rescuers = await Promise.all(["a", "b", "c"].map((name) => takePart(root, name)));
  const events = await untilLogged(root, first.operation, "operation.failed");
  expect([countOf(events, "operation.crash-detected"), countOf(events, "operation.cleanup-started"), countOf(events, "operation.failed")]).toEqual([1, 1, 1]);
  for (const rescuer of rescuers) expect(await rescuer.say("complete")).toBe("done");
});

test("rescuers that are killed at it hold nothing up: the next one ends the operation, once", { timeout: 30_000 }, async () => {
  const root = temporaryFolder();
  const first = await takePart(root, "first", { calls: [true, false] });
  await first.kill();
  for (let round = 0; round < 3; round += 1) {
    const so = await eventsOf(root, first.operation);
    if (countOf(so, "operation.failed") > 0) break;
    const before = countOf(so, "participant.joined");
    const rescuer = startProgram("take-part", [root, `rescuer-${round}`]);
    // In the middle of it, or just behind it.
    await Promise.race([untilLogged(root, first.operation, "participant.joined", before + 1), rescuer.line((line) => line === "connected")]);
    rescuer.child.kill("SIGKILL");
    await rescuer.ended;
  }
  await takePart(root, "last");
  const events = await untilLogged(root, first.operation, "operation.failed");
  expect([countOf(events, "operation.cleanup-started"), countOf(events, "operation.failed"), countOf(events, "call.crashed")]).toEqual([1, 1, 2]);
  expect(dataOf(events, "operation.failed")).toMatchObject({ crashedCalls: first.said("call").slice(0, 1) });
});

test("a clean-up whose participants have all died is ended by whoever connects next", { timeout: 30_000 }, async () => {
  const root = temporaryFolder();
  const first = await takePart(root, "first", { calls: [true, true], stuck: true });
  first.tell("fail");
  await untilLogged(root, first.operation, "operation.cleanup-started");
  await first.kill();
  await takePart(root, "rescuer");
  const events = await eventsOf(root, first.operation);
  expect([countOf(events, "operation.coordinator-replaced"), countOf(events, "operation.cleanup-started"), countOf(events, "operation.failed")]).toEqual([1, 1, 1]);
});

test("a participant that is stopped for too long finds itself declared crashed: nothing of it is taken any more", { timeout: 30_000 }, async () => {
  const root = temporaryFolder();
  const first = await takePart(root, "first", { calls: [true], failOnCrash: false });
  const stopped = await takePart(root, "stopped", { join: first.operation, calls: [false, false], intervalMs: 500, staleMs: 1500 });
  // Between two beats: not in the middle of an append, where it would hold up everybody.
  await stopped.say("beat");
  stopped.program.child.kill("SIGSTOP");
  await first.sees("stale stopped");
  const events = await untilLogged(root, first.operation, "operation.crash-detected");
  expect(dataOf(events, "operation.crash-detected")).toMatchObject({ sessions: [stopped.session], evidence: "silent" });
  stopped.program.child.kill("SIGCONT");
  expect(await stopped.say("end")).toBe("SESSION_EXPIRED");
  expect(await stopped.say("call")).toBe("SESSION_EXPIRED");
  expect(await stopped.say("beat")).toBe("SESSION_EXPIRED");
  expect(await stopped.say("leave")).toBe("SESSION_EXPIRED");
  const after = (await eventsOf(root, first.operation)).slice(events.length).filter(({ by }) => by === "stopped");
  expect(after).toEqual([]);
  expect([await first.say("end"), await first.say("complete")]).toEqual(["done", "done"]);
});

test("wall clocks an hour apart raise no alarm, and hide no crash", { timeout: 30_000 }, async () => {
  const root = temporaryFolder();
  const ahead = await takePart(root, "ahead", { clockOffMs: 3_600_000, failOnCrash: false, staleMs: 1500 });
  const behind = await takePart(root, "behind", { join: ahead.operation, clockOffMs: -3_600_000, failOnCrash: false, intervalMs: 500, staleMs: 1500 });
  for (let beat = 0; beat < 10; beat += 1) for (const one of [ahead, behind]) expect(await one.say("beat")).toBe("done");
  expect(countOf(await eventsOf(root, ahead.operation), "operation.crash-detected")).toBe(0);
  behind.program.child.kill("SIGSTOP");
  await ahead.sees("stale behind");
  behind.program.child.kill("SIGCONT");
  expect(await behind.say("beat")).toBe("SESSION_EXPIRED");
  expect(ahead.said("stale")).toEqual(["behind"]);
});

test.each(["SIGINT", "SIGTERM"] as const)("%s cleans up, leaves with its reason, and ends the process by that signal", { timeout: 30_000 }, async (signal) => {
  const [root, folder] = [temporaryFolder(), realpathSync(temporaryFolder())];
  const file = join(folder, "scratch");
  const first = await takePart(root, "first");
  const leaver = await takePart(root, "leaver", { join: first.operation, calls: [true], resources: [file] });
  writeFileSync(file, "x");
  leaver.program.child.kill(signal);
  expect(await leaver.program.ended).toMatchObject({ code: null, signal });
  expect(existsSync(file)).toBe(false);
  const events = await eventsOf(root, first.operation);
  expect(dataOf(events, "participant.left")).toMatchObject({ session: leaver.session, signal });
  expect([countOf(events, "call.cancelled"), countOf(events, "operation.resource-released"), countOf(events, "operation.crash-detected")]).toEqual([1, 1, 0]);
});

test("a signal ends the workers first, then the temporary folder that they write to goes, and the process dies by that signal, though a call is waited for", { timeout: 30_000 }, async () => {
  const [root, folder] = [temporaryFolder(), join(realpathSync(temporaryFolder()), "scratch")];
  const owner = startProgram("work-in-folder", [root, folder]);
  const operation = (await owner.line((line) => line.startsWith("works "))).slice("works ".length);
  owner.child.kill("SIGINT");
  // As a parent does that passes on what the terminal has sent to both.
  await new Promise((resolve) => setTimeout(resolve, 20));
  owner.child.kill("SIGTERM");
  expect(await owner.ended).toMatchObject({ code: null, signal: "SIGINT" });
  expect(existsSync(folder)).toBe(false);
  const events = await eventsOf(root, operation);
  expect(dataOf(events, "participant.left")).toMatchObject({ signal: "SIGINT" });
  expect([countOf(events, "call.worker-exited"), countOf(events, "call.cancelled"), countOf(events, "operation.resource-released")]).toEqual([1, 1, 1]);
});

test("handlers run in the order of their registration, errors are reported, and the process dies by the signal", { timeout: 30_000 }, async () => {
  expect(await runProgram("die-by-signal", [])).toEqual(["one SIGTERM", "two SIGTERM", "three SIGTERM", "warned: A clean-up threw: two broke", "ended by SIGTERM"]);
});

test("a package that listens for signals as well, and leaves the end to others, does not keep the process alive", { timeout: 30_000 }, async () => {
  expect(await runProgram("die-by-signal", ["beside"])).toEqual(["one SIGTERM", "two SIGTERM", "three SIGTERM", "warned: A clean-up threw: two broke", "ended by SIGTERM"]);
});
