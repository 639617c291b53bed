import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { linkSignals } from "../../src/base/link-signals.js";

describe("linked signals", () => {
  it("are none, or the only one itself", () => {
    const { signal } = new AbortController();
    expect(linkSignals().signal).toBeUndefined();
    expect(linkSignals(undefined, undefined).signal).toBeUndefined();
    expect(linkSignals(undefined, signal, signal).signal).toBe(signal);
  });

  it("abort with the first of them, and with its reason", () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const { signal } = linkSignals(one.signal, other.signal);
    expect(signal?.aborted).toBe(false);
    other.abort("stop");
    one.abort("later");
    expect(signal?.reason).toBe("stop");
  });

  it("have aborted already where one of them has", () => {
    expect(linkSignals(new AbortController().signal, AbortSignal.abort("over")).signal?.reason).toBe("over");
  });

  it("keep no listener once let go of", () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const { signal, unlink } = linkSignals(one.signal, other.signal);
    expect(getEventListeners(one.signal, "abort")).toHaveLength(1);
    unlink();
    expect([...getEventListeners(one.signal, "abort"), ...getEventListeners(other.signal, "abort")]).toEqual([]);
    one.abort();
    expect(signal?.aborted).toBe(false);
  });
});
