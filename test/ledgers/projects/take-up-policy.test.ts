import { describe, expect, it } from "vitest";
import { afterNotStarted, resolveTakeUp } from "../../../src/ledgers/projects/take-up-policy.js";
import type { IfLive, TakeUpPolicy } from "../../../src/ledgers/projects/take-up-policy.js";

describe("a policy", () => {
  it("throws for a live run where nothing is said, and takes the caller's default for a DONE one", () => {
    expect(resolveTakeUp({}, "reuse")).toEqual({ ifLive: "throw", ifDone: "reuse" });
    expect(resolveTakeUp({}, "again")).toEqual({ ifLive: "throw", ifDone: "again" });
    expect(resolveTakeUp({ ifLive: "wait", ifDone: "again" }, "reuse")).toEqual({ ifLive: "wait", ifDone: "again" });
  });

  it.each([["ifLive", { ifLive: "block" }], ["ifLive", { ifLive: null }], ["ifDone", { ifDone: "skip" }], ["ifDone", { ifDone: true }]])("is refused with an odd %s", (field, policy) => {
    expect(() => resolveTakeUp(policy as TakeUpPolicy, "reuse")).toThrow(expect.objectContaining({ code: "INVALID_OPTION", field }) as Error);
  });

  it.each<[IfLive, string]>([["wait", "wait"], ["skip", "leave"], ["throw", "refuse"]])("%s: a live run means %s, a DONE one is left", (ifLive, then) => {
    expect(afterNotStarted("live", { ifLive, ifDone: "reuse" })).toBe(then);
    expect(afterNotStarted("done", { ifLive, ifDone: "reuse" })).toBe("leave");
  });
});
