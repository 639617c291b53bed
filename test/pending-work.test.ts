import { describe, expect, it } from "vitest";
import { PendingWork } from "../src/pending-work.js";

describe("work under way", () => {
  it("is waited for, whether it succeeds, fails, or tells of its end itself", async () => {
    const pending = new PendingWork();
    await pending.whenIdle();
    let finish: () => void = () => undefined;
    void pending.track(new Promise<void>((resolve) => (finish = resolve)));
    pending.track(Promise.reject(new Error("on purpose"))).catch(() => undefined);
    pending.enter();
    let idle = false;
    const waiting = [pending.whenIdle(), pending.whenIdle()].map((promise) => promise.then(() => (idle = true)));
    finish();
    await new Promise((resolve) => setImmediate(resolve));
    expect(idle).toBe(false);
    pending.leave();
    await Promise.all(waiting);
    expect(idle).toBe(true);
  });
});
