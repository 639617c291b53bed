/** The checker has to be able to say no: histories that are known to be linearisable, and such that are known not to be. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkLinearisable } from "./concurrency/linearisability/check.js";
import type { Call, SequentialModel } from "./concurrency/linearisability/model.js";
import { checkPartitions, describeStuck, partitionsOf } from "./concurrency/linearisability/partitions.js";

type RegisterInput = { readonly put: number } | "get";

/** A register that begins at 0. */
const register: SequentialModel<number, RegisterInput, number | "ok"> = {
  name: "register",
  init: () => 0,
  step: (state, input, output) => (input === "get" ? (output === undefined || output === state ? state : undefined) : input.put),
  key: String,
};

type QueueInput = { readonly push: number } | "pop";

/** A queue; popping an empty one gives null. */
const queue: SequentialModel<readonly number[], QueueInput, number | null> = {
  name: "queue",
  init: () => [],
  step: (state, input, output) => {
    if (input !== "pop") return [...state, input.push];
    return output === undefined || (state[0] ?? null) === output ? state.slice(1) : undefined;
  },
  key: (state) => state.join(),
};

/** A counter; adding gives the new value. */
const counter: SequentialModel<number, "add", number> = {
  name: "counter",
  init: () => 0,
  step: (state, _input, output) => (output === undefined || output === state + 1 ? state + 1 : undefined),
  key: String,
};

const call = <Input, Output>(input: Input, output: Output, called: number, returned: number, client = "c"): Call<Input, Output> => ({ client, input, output, called, returned });
const put = (value: number, called: number, returned: number): Call<RegisterInput, number | "ok"> => call({ put: value }, "ok", called, returned);
const get = (value: number, called: number, returned: number): Call<RegisterInput, number | "ok"> => call("get", value, called, returned);
/** A call that never returned. */
const lost = <Input, Output>(input: Input, called: number): Call<Input, Output> => ({ client: "dead", input, output: undefined, called, returned: Infinity });

const verdict = <State, Input, Output>(model: SequentialModel<State, Input, Output>, calls: readonly Call<Input, Output>[]): string => checkLinearisable(model, calls).kind;

describe("histories of a register", () => {
  it("takes the README of Porcupine's first example: reads during a write see either", () => {
    expect(verdict(register, [put(100, 0, 100), get(100, 25, 75), get(0, 30, 60)])).toBe("linearisable");
  });

  it("refuses its second: what one reader has seen, a later one sees", () => {
    expect(verdict(register, [put(200, 0, 100), get(200, 10, 30), get(0, 40, 90)])).toBe("not-linearisable");
  });

  it("refuses a stale read", () => {
    expect(verdict(register, [put(1, 0, 10), get(0, 11, 20)])).toBe("not-linearisable");
    expect(verdict(register, [put(1, 0, 10), put(2, 11, 20), get(1, 21, 30)])).toBe("not-linearisable");
  });

  it("takes the same read where it overlaps the write", () => {
    expect(verdict(register, [put(1, 0, 10), put(2, 11, 22), get(1, 21, 30)])).toBe("linearisable");
    // Of calls at one and the same time nobody knows which was first.
    expect(verdict(register, [put(1, 0, 10), get(0, 10, 20)])).toBe("linearisable");
  });

  it("refuses a value that nobody wrote", () => {
    expect(verdict(register, [put(1, 0, 10), get(7, 5, 20)])).toBe("not-linearisable");
  });

  it("refuses two readers who see two writes in two orders", () => {
    const writes = [put(1, 0, 100), put(2, 0, 100)];
    expect(verdict(register, [...writes, get(1, 10, 20), get(2, 30, 40), get(2, 50, 60)])).toBe("linearisable");
    expect(verdict(register, [...writes, get(1, 10, 20), get(2, 30, 40), get(1, 50, 60)])).toBe("not-linearisable");
  });

  it("takes nothing at all, and any single thing that can be", () => {
    expect(verdict(register, [])).toBe("linearisable");
    expect(verdict(register, [get(1, 0, 1)])).toBe("not-linearisable");
  });

  it("needs to go back to find an order", () => {
    // Placing 1 first, as it began first, is wrong: 3 reads see 2, then 1.
    expect(verdict(register, [put(1, 0, 100), put(2, 1, 100), get(2, 2, 20), get(1, 21, 30), get(1, 101, 110)])).toBe("linearisable");
  });
});

describe("calls that never returned", () => {
  it("may have taken effect at any time since, or never", () => {
    expect(verdict(register, [lost({ put: 1 }, 0), get(0, 10, 20)])).toBe("linearisable");
    expect(verdict(register, [lost({ put: 1 }, 0), get(0, 10, 20), get(1, 30, 40)])).toBe("linearisable");
    expect(verdict(register, [lost({ put: 1 }, 0), get(1, 30, 40)])).toBe("linearisable");
  });

  it("take effect once, and not before they began", () => {
    expect(verdict(register, [lost({ put: 1 }, 0), get(1, 10, 20), get(0, 30, 40)])).toBe("not-linearisable");
    expect(verdict(register, [lost({ put: 1 }, 50), get(1, 10, 20)])).toBe("not-linearisable");
    expect(verdict(counter, [lost("add", 0), call("add", 3, 10, 20)])).toBe("not-linearisable");
    expect(verdict(counter, [lost("add", 0), lost("add", 0), call("add", 3, 10, 20)])).toBe("linearisable");
  });
});

describe("other objects", () => {
  it("finds a lost update", () => {
    expect(verdict(counter, [call("add", 1, 0, 10), call("add", 2, 5, 15), call("add", 3, 12, 30)])).toBe("linearisable");
    expect(verdict(counter, [call("add", 1, 0, 10), call("add", 1, 5, 15)])).toBe("not-linearisable");
    expect(verdict(counter, [call("add", 1, 0, 10), call("add", 3, 5, 15)])).toBe("not-linearisable");
    expect(verdict(counter, [call("add", 2, 0, 10), call("add", 1, 11, 15)])).toBe("not-linearisable");
  });

  it("knows a queue", () => {
    const push = (value: number, called: number, returned: number): Call<QueueInput, number | null> => call<QueueInput, number | null>({ push: value }, null, called, returned);
    const pop = (value: number | null, called: number, returned: number): Call<QueueInput, number | null> => call<QueueInput, number | null>("pop", value, called, returned);
    expect(verdict(queue, [push(1, 0, 10), push(2, 5, 15), pop(2, 20, 30), pop(1, 31, 40), pop(null, 41, 50)])).toBe("linearisable");
    expect(verdict(queue, [push(1, 0, 4), push(2, 5, 15), pop(2, 20, 30), pop(1, 31, 40)])).toBe("not-linearisable");
    expect(verdict(queue, [push(1, 0, 10), pop(1, 20, 30), pop(1, 25, 40)])).toBe("not-linearisable");
    expect(verdict(queue, [push(1, 0, 10), pop(null, 11, 30)])).toBe("not-linearisable");
  });

  it("judges each object for itself, and says what does not fit", () => {
    const on = (name: string, value: number, called: number): Call<{ readonly name: string }, number> => call({ name }, value, called, called + 5);
    const model: SequentialModel<number, { readonly name: string }, number> = { ...counter, step: (state, _input, output) => counter.step(state, "add", output) };
    const partitions = partitionsOf([on("a", 1, 0), on("b", 1, 10), on("a", 2, 20), on("b", 3, 30)], ({ name }) => name);
    const verdicts = checkPartitions(model, partitions);
    expect(verdicts.map(({ partition, verdict: { kind } }) => [partition.name, kind])).toEqual([["a", "linearisable"], ["b", "not-linearisable"]]);
    const [, b] = verdicts;
    expect(b?.verdict.kind === "not-linearisable" && describeStuck(b.verdict)).toMatch(/"name":"b"\} -> 3 .* fits nowhere after 1 calls/);
  });
});

describe("the search", () => {
  it("gives up when its time or its memory is used up, and says so", () => {
    // Forty writes at once, and a read that none of them explains: every subset is tried.
    const calls = [...Array.from({ length: 40 }, (_, value) => put(value + 1, 0, 100)), get(-1, 50, 100)];
    expect(checkLinearisable(register, calls, { timeLimitMs: 20 }).kind).toBe("unknown");
    expect(checkLinearisable(register, calls, { maxStates: 1000 }).kind).toBe("unknown");
  });

  it("is fast for a long history without much at once", () => {
    const calls = Array.from({ length: 5000 }, (_, index) => call<"add", number>("add", index + 1, index * 10, index * 10 + 25));
    expect(checkLinearisable(counter, calls, { timeLimitMs: 20_000 }).kind).toBe("linearisable");
  });

  it("agrees with trying every order", () => {
    const input = fc.oneof(fc.record({ put: fc.integer({ min: 1, max: 2 }) }), fc.constant("get" as const));
    const random = fc.record({ input, value: fc.integer({ min: 0, max: 2 }), called: fc.nat(9), length: fc.nat(6), dead: fc.nat(9) });
    const verdicts = { yes: 0, no: 0 };
    fc.assert(
      fc.property(fc.array(random, { maxLength: 6 }), (drawn) => {
        const calls = drawn.map(({ input: what, value, called, length, dead }) =>
          dead === 0 ? lost<RegisterInput, number | "ok">(what, called) : call<RegisterInput, number | "ok">(what, what === "get" ? value : "ok", called, called + length),
        );
        const expected = someOrderFits(register, register.init(), calls);
        verdicts[expected ? "yes" : "no"] += 1;
        expect(verdict(register, calls)).toBe(expected ? "linearisable" : "not-linearisable");
      }),
      { numRuns: 2000 },
    );
    expect(Math.min(verdicts.yes, verdicts.no)).toBeGreaterThan(200);
  });
});

/** Linearisability by its definition, for a handful of calls. */
function someOrderFits<State, Input, Output>(model: SequentialModel<State, Input, Output>, state: State, left: readonly Call<Input, Output>[]): boolean {
  if (left.every(({ returned }) => returned === Infinity)) return true;
  return left.some((one) => {
    const others = left.filter((other) => other !== one);
    if (others.some((other) => other.returned < one.called)) return false;
    const next = model.step(state, one.input, one.output);
    return next !== undefined && someOrderFits(model, next, others);
  });
}
