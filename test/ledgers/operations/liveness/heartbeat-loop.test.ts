import { expect, test } from "vitest";
import { HeartbeatLoop } from "../../../../src/ledgers/operations/liveness/heartbeat-loop.js";
import { ManualTime, settle } from "./manual-time.js";

test("rounds begin an interval and the jitter apart, one at a time, and one that rejects does not end them", async () => {
  const time = new ManualTime();
  const began: number[] = [];
  const loop = new HeartbeatLoop(() => {
    began.push(time.now());
    return Promise.reject(new Error("no"));
  }, { intervalMs: 100, jitterMs: 10 }, time, () => 0.5);
  loop.start();
  loop.start();
  await time.pass(320);
  expect(began).toEqual([1105, 1210, 1315]);
});

test("stopped means stopped, also in the middle of a round; started again there is one loop", async () => {
  const time = new ManualTime();
  const rounds: (() => void)[] = [];
  const loop = new HeartbeatLoop(() => new Promise<void>((resolve) => rounds.push(resolve)), { intervalMs: 100, jitterMs: 0 }, time);
  loop.start();
  await time.pass(100);
  expect(rounds.length).toBe(1);
  loop.stop();
  rounds[0]?.();
  await settle();
  await time.pass(1000);
  expect([rounds.length, time.awaited, loop.running]).toEqual([1, 0, false]);
  loop.start();
  await time.pass(100);
  loop.stop();
  loop.start();
  // The round from before the stop ends now: its loop is over.
  rounds[1]?.();
  await time.pass(100);
  expect([rounds.length, time.awaited]).toEqual([3, 0]);
  rounds[2]?.();
  await time.pass(50);
  expect(time.awaited).toBe(1);
});

test("a round that took longer than the interval is followed by the next at once", async () => {
  const time = new ManualTime();
  const began: number[] = [];
  const loop = new HeartbeatLoop(() => {
    began.push(time.now());
    time.stall(250);
    return Promise.resolve();
  }, { intervalMs: 100, jitterMs: 0 }, time);
  loop.start();
  await time.pass(100);
  await time.pass(1);
  expect(began.slice(0, 2)).toEqual([1100, 1350]);
  loop.stop();
});
