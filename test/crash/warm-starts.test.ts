/** Saving and evicting warm starts: killed at every step, by many processes at once, on a full disk. Never is a payload given out that is not what was saved, and never is an entry lost that the policy keeps. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { EventCatalogue } from "../../src/index.js";
import { isDaybookError, openDaybook } from "../../src/index.js";
import { Fingerprint, WarmStartSession, WarmStartStore } from "../../src/warm-starts.js";
import { canMount } from "../support/can-mount.js";
import { runProgram, startProgram } from "../support/programs.js";
import { readAll } from "../support/small-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { dyingBudget, dyingKey, dyingPayload, sharedBudget } from "../support/warm-start-payloads.js";

const everyCall = process.env["DAYBOOK_KILLS"] !== undefined;
const key = Fingerprint.fromHex(dyingKey);

describe("a save or a sweep that is killed", () => {
  it("at any of its calls leaves what was there or what was saved, each whole; the next fit goes on from the best of it", { timeout: 240_000 }, async () => {
    const original = temporaryFolder();
    await using before = await WarmStartStore.open(original);
    for (const objective of [9, 8]) await before.saveOverwrite(key, `old-${objective}`, dyingPayload(objective), { objective });
    await before.close();
    const whole = temporaryFolder();
    cpSync(original, whole, { recursive: true });
    const lines = await runProgram("die-saving-warm-starts", [whole, 0]);
    const calls = lines.flatMap((line) => (line.startsWith("called ") ? [line.slice("called ".length)] : []));
    expect(lines.filter((line) => line.startsWith("done "))).toEqual(["done 5", "done 3", "done 2", "done evicting"]);
    expect(calls).toEqual(expect.arrayContaining(["artifact create", "artifact write", "artifact sync", "artifact link", "artifact unlink", "log write", "log sync"]));
    // What the log can stand at: before all, behind each save, and behind the sweep.
    const stands = [[9, 8], [8, 5], [8, 3], [8, 2], [2]];
    const met = new Set<number>();

    const tryPoint = async (at: number): Promise<void> => {
      const root = temporaryFolder();
      cpSync(original, root, { recursive: true });
      const program = startProgram("die-saving-warm-starts", [root, at]);
      expect(await program.ended).toMatchObject({ signal: "SIGKILL", errors: "" });
      const acknowledged = program.lines.filter((line) => line.startsWith("done ")).length;
      await using book = await openDaybook(root);
      expect((await book.verify({ full: true })).faults).toEqual([]);
      const faults: unknown[] = [];
      await using store = await WarmStartStore.open(book, { sizeBudgetBytes: dyingBudget, onError: (error) => faults.push(error) });
      const there = (await store.entries({ key })).map(({ objective }) => objective);
      const stand = stands.findIndex((one) => one.join() === there.join());
      expect([at, there]).toEqual([at, stands[stand]]);
      met.add(stand);
      // Nothing that was acknowledged is lost; of what was not, there is at most one more.
      expect([acknowledged, acknowledged + 1]).toContain(stand);
      expect((await store.verify()).faults).toEqual([]);
      const best = Math.min(...(stands[stand] ?? []));
      const session = WarmStartSession.open(store, key);
      const loaded = await session.tryLoad();
      expect([loaded?.objective, loaded?.kind]).toEqual([best, best === 2 ? "final" : "checkpoint"]);
      expect(Buffer.from(loaded?.payload ?? []).equals(Buffer.from(dyingPayload(best)))).toBe(true);
      expect(await session.checkpoint(dyingPayload(1), 1, 9)).toBe(true);
      expect((await store.lookup(key))?.objective).toBe(1);
      await store.gc({ graceMs: 0 });
      expect(await store.verify()).toMatchObject({ faults: [], orphans: [], foreign: [] });
      expect(faults).toEqual([]);
      await book.close();
      rmSync(root, { recursive: true });
    };
    // Every sixth call, and of each kind the first and the last. DAYBOOK_KILLS: every one.
    const points = calls.flatMap((call, index) => (everyCall || index % 6 === 0 || calls.indexOf(call) === index || calls.lastIndexOf(call) === index ? [index + 1] : []));
    const lane = async (): Promise<void> => {
      for (let at = points.shift(); at !== undefined; at = points.shift()) await tryPoint(at);
    };
    await Promise.all([lane(), lane(), lane()]);
    expect([...met].sort()).toEqual([0, 1, 2, 3, 4]);
  });
});

/** What the policy says of each event of the log: the slots as they stand behind it, and what is wrong with it. */
function holdAgainstPolicy(events: Awaited<ReturnType<typeof readAll>>, budget: number): { readonly slots: Map<string, { readonly seq: number; readonly save: number; readonly bytes: number }>; readonly evicted: number; readonly wrong: string[] } {
  const slots = new Map<string, { readonly seq: number; readonly save: number; readonly bytes: number }>();
  const wrong: string[] = [];
  let evicted = 0;
  for (const { seq, stream, type, data } of events) {
    const total = [...slots.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    if (type === "warm-start.saved") {
      const { run, save, file, replaced } = data as unknown as EventCatalogue["warm-start.saved"];
      const before = slots.get(`${stream}/${run}`);
      if (save !== (before?.save ?? 0) + 1 || replaced !== before?.bytes) wrong.push(`${seq}: save ${save} upon ${before?.save}`);
      slots.set(`${stream}/${run}`, { seq, save, bytes: file.bytes });
    } else if (type === "warm-start.evicted") {
      const { run, save, bytes, reason } = data as unknown as EventCatalogue["warm-start.evicted"];
      const slot = `${stream}/${run}`;
      const oldest = [...slots].reduce((least, one) => (one[1].seq < least[1].seq ? one : least));
      if (reason !== "budget") wrong.push(`${seq}: ${reason}`);
      if (total <= budget) wrong.push(`${seq}: evicted within the budget, at ${total} bytes`);
      if (oldest[0] !== slot || oldest[1].save !== save || oldest[1].bytes !== bytes) wrong.push(`${seq}: evicted ${slot} before ${oldest[0]}`);
      slots.delete(slot);
      evicted += 1;
    }
  }
  return { slots, evicted, wrong };
}

describe("eight processes", () => {
  it.each([
    ["all go to their end", 0],
    ["two are killed in the middle of their work", 2],
  ] as const)("save, overwrite, look up and evict entries of twenty keys with room for few, and %s: nothing is lost but what the policy gives up, and nothing is read that was not saved", { timeout: 240_000 }, async (_, killed) => {
    const root = temporaryFolder();
    await (await openDaybook(root)).close();
    const lasting = 8 - killed;
    // Those that are to be killed would never end.
    const programs = Array.from({ length: 8 }, (_program, index) => startProgram("save-and-evict", [root, `p${index}`, index < lasting ? 45 : 1e9, index + 1]));
    for (const program of programs) await program.line((line) => line === "ready");
    for (const { child } of programs) child.stdin?.write("go\n");
    for (const { ended } of programs.slice(0, lasting)) expect(await ended).toMatchObject({ code: 0, errors: "" });
    for (const { child, ended } of programs.slice(lasting)) {
      child.kill("SIGKILL");
      expect(await ended).toMatchObject({ signal: "SIGKILL", errors: "" });
    }
    const acknowledged = programs.slice(0, lasting).map(({ lines }) => Number(lines.at(-1)?.split(" ")[1]));
    const events = await readAll(root);
    expect(acknowledged.map((_count, index) => events.filter(({ type, by }) => type === "warm-start.saved" && by === `p${index}`).length)).toEqual(acknowledged);
    const { slots, evicted, wrong } = holdAgainstPolicy(events, sharedBudget);
    expect(wrong).toEqual([]);
    expect(evicted).toBeGreaterThan(50);
    await using store = await WarmStartStore.open(root, { sizeBudgetBytes: sharedBudget });
    const entries = await store.entries();
    expect(entries.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual([...slots.values()].map(({ seq }) => seq).sort((a, b) => a - b));
    expect(entries.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(sharedBudget);
    // Only who was killed leaves something behind.
    if (killed > 0) await store.gc({ graceMs: 0 });
    expect(await store.verify()).toMatchObject({ entries: entries.length, faults: [], orphans: [], foreign: [] });
  });
});

describe("a full disk", () => {
  it.runIf(canMount())("refuses the save with a typed error, loses no older entry and leaves nothing; the same session goes on once there is space", async () => {
    const mount = temporaryFolder();
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", mount]);
    onTestFinished(() => void execFileSync("umount", ["-l", mount]));
    const root = join(mount, "root");
    mkdirSync(root);
    const told: Error[] = [];
    const store = await WarmStartStore.open(root, { onError: (error) => told.push(error) });
    onTestFinished(() => store.close());
    const session = WarmStartSession.open(store, key, { minIntervalMs: 0 });
    expect(await session.checkpoint(new Uint8Array(60_000).fill(9), 9, 1)).toBe(true);
    const folder = join(root, "warm-starts", dyingKey);
    const files = readdirSync(folder);
    // The room that is left grows from nothing to more than enough: each place where it runs out is met.
    let refusals = 0;
    for (let room = 0; ; room += 4096) {
      writeFileSync(join(mount, "ballast"), Buffer.alloc(freeBytes(mount) - room));
      const saved = await session.checkpoint(new Uint8Array(60_000).fill(5), 5, 2);
      const refused = saved ? undefined : await store.save(key, new Uint8Array(60_000).fill(4), { objective: 4 }).catch((error: unknown) => error);
      rmSync(join(mount, "ballast"));
      if (saved) break;
      refusals += 1;
      expect(isDaybookError(refused, "WRITE_FAILED")).toBe(true);
      expect((refused as Error).cause).toMatchObject({ code: "ENOSPC" });
      expect(await store.lookup(key)).toMatchObject({ objective: 9, iteration: 1 });
      expect(readdirSync(folder)).toEqual(files);
    }
    expect(refusals).toBeGreaterThan(10);
    expect(told).toHaveLength(refusals);
    for (const error of told) expect(isDaybookError(error, "WRITE_FAILED")).toBe(true);
    expect(await store.lookup(key)).toMatchObject({ objective: 5, iteration: 2 });
    expect(await store.entries()).toHaveLength(1);
    expect(await store.verify()).toMatchObject({ faults: [], orphans: [], foreign: [] });
  });
});

function freeBytes(mount: string): number {
  return Number(execFileSync("stat", ["-f", "-c", "%a", mount]).toString()) * Number(execFileSync("stat", ["-f", "-c", "%S", mount]).toString());
}
