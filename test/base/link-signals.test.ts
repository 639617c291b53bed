import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { linkSignals } from "../../src/base/link-signals.js";

describe("linked signals", () => {
  it("are none where there is none to follow", () => {
    expect(linkSignals().signal).toBeUndefined();
    expect(linkSignals(undefined, undefined).signal).toBeUndefined();
  });

  it("follow the only one, also when it is given twice", () => {
    const one = new AbortController();
    const { signal } = linkSignals(undefined, one.signal, one.signal);
    expect(signal?.aborted).toBe(false);
    one.abort("stop");
    expect(signal?.reason).toBe("stop");
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

  it("put one listener on each, however many follow it, and are all told", () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const linked = Array.from({ length: 50 }, () => linkSignals(one.signal, other.signal));
    expect(getEventListeners(one.signal, "abort")).toHaveLength(1);
    linked.slice(0, 20).forEach(({ unlink }) => unlink());
    linked[0]?.unlink();
    one.abort("stop");
    expect(linked.map(({ signal }) => signal?.reason as unknown)).toEqual(Array.from({ length: 50 }, (_, index) => (index < 20 ? undefined : "stop")));
  });

  it("can be made again after the last one was let go of, and after an abort", () => {
    const one = new AbortController();
    linkSignals(one.signal).unlink();
    const { signal } = linkSignals(one.signal);
    one.abort("stop");
    expect([signal?.reason, linkSignals(one.signal).signal?.reason]).toEqual(["stop", "stop"]);
  });
});
