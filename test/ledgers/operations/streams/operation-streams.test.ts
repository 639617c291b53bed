import { Subject, firstValueFrom, toArray } from "rxjs";
import type { Observable } from "rxjs";
import { describe, expect, it } from "vitest";
import { calls$, operations$, participants$, state$ } from "../../../../src/ledgers/operations/streams/operation-streams.js";
import type { OperationInfo } from "../../../../src/ledgers/operations/history/operation-info.js";
import type { OperationTransport } from "../../../../src/ledgers/operations/transport.js";
import type { OpenCallRow } from "../../../../src/projections/views/open-calls.js";
import type { SessionRow } from "../../../../src/projections/views/operation-sessions.js";
import type { OperationRow } from "../../../../src/projections/views/operations.js";

const operation: OperationRow = {
  ...{ operationId: "op", initiator: "a", token: "0", seq: 1, time: "2026-11-28T08:00:00.000Z", state: "running", participants: [], openSessions: [], sessions: 0 },
  calls: { started: 0, ended: 0, failed: 0, cancelled: 0, crashed: 0 },
};
const session = (id: string, more: Partial<SessionRow> = {}): SessionRow => ({
  ...{ operationId: "op", session: id, participant: "a", initiator: false, rescuer: false, failOnCrash: true, host: "h", boot: "b", pidNamespace: "n", pid: 1, processStart: "1", state: "open", openCalls: 0 },
  joined: { seq: 2, time: operation.time },
  beat: { seq: 2, time: operation.time, nextWithinMs: 1, staleAfterMs: 2 },
  ...more,
});
const call = (id: string, seq: number): OpenCallRow => ({ operationId: "op", call: id, session: "s1", participant: "a", kind: "call", failOnCrash: true, seq, time: operation.time });

/** A log that says what a test wants it to say. `set` changes it. */
class FakeLog {
  rows: { operation: OperationRow | undefined; sessions: readonly SessionRow[]; calls: readonly OpenCallRow[] } = { operation, sessions: [], calls: [] };
  failure: Error | undefined;
  looks = 0;
  readonly watchers = new Set<() => void>();
  readonly closers = new Set<() => void | Promise<void>>();
  readonly transport = {
    watch: (changed: () => void) => this.#add(this.watchers, changed),
    onClose: (closing: () => void) => this.#add(this.closers, closing),
    operations: () => this.#look(this.rows.operation === undefined ? [] : [this.rows.operation]),
    snapshot: () => this.#look(this.rows.operation === undefined ? undefined : { operation: this.rows.operation, sessions: this.rows.sessions }),
    openCalls: () => this.#look(this.rows.calls),
  } as unknown as OperationTransport;

  set(rows: Partial<FakeLog["rows"]>): void {
    this.rows = { ...this.rows, ...rows };
    this.watchers.forEach((changed) => changed());
  }

  async #look<T>(value: T): Promise<T> {
    this.looks += 1;
    await Promise.resolve();
    if (this.failure !== undefined) throw this.failure;
    return value;
  }

  #add<T>(set: Set<T>, one: T): () => void {
    set.add(one);
    return () => set.delete(one);
  }
}

/** Values of a stream, one by one. */
function pull<T>(stream: Observable<T>): { next: () => Promise<T | "completed">; values: T[]; stop: () => void } {
  const values: T[] = [];
  const arrived = new Subject<void>();
  let over: "completed" | { readonly error: unknown } | undefined;
  let taken = 0;
  const end = (how: typeof over): void => {
    over = how;
    arrived.next();
  };
  const subscription = stream.subscribe({ next: (value) => { values.push(value); arrived.next(); }, error: (error: unknown) => end({ error }), complete: () => end("completed") });
  const next = async (): Promise<T | "completed"> => {
    while (taken >= values.length) {
      if (over === "completed") return over;
      if (over !== undefined) throw over.error;
      await firstValueFrom(arrived);
    }
    taken += 1;
    return values[taken - 1] as T;
  };
  return { next, values, stop: () => subscription.unsubscribe() };
}

describe("streams of operations", () => {
  it("give an operation's states up to the last one, and complete behind it", async () => {
    const log = new FakeLog();
    const states = pull(state$(log.transport, "op"));
    expect(await states.next()).toBe("running");
    log.set({ operation: { ...operation, sessions: 1 } });
    log.set({ operation: { ...operation, state: "cleanup" } });
    expect(await states.next()).toBe("cleanup");
    log.set({ operation: { ...operation, state: "failed" } });
    expect(await states.next()).toBe("failed");
    expect(await states.next()).toBe("completed");
    expect([log.watchers.size, log.closers.size]).toEqual([0, 0]);
  });

  it("of one that has ended give that and complete", async () => {
    const log = new FakeLog();
    log.set({ operation: { ...operation, state: "completed" } });
    expect(await firstValueFrom(state$(log.transport, "op").pipe(toArray()))).toEqual(["completed"]);
    expect(await firstValueFrom(participants$(log.transport, "op").pipe(toArray()))).toEqual([[]]);
    expect(await firstValueFrom(calls$(log.transport, "op").pipe(toArray()))).toEqual([[]]);
  });

  it("of one that does not exist reject", async () => {
    const log = new FakeLog();
    log.set({ operation: undefined });
    for (const stream of [state$, participants$, calls$]) await expect(firstValueFrom(stream(log.transport, "op") as Observable<unknown>)).rejects.toMatchObject({ code: "OPERATION_NOT_FOUND" });
    expect([log.watchers.size, log.closers.size]).toEqual([0, 0]);
  });

  it("give the sessions that are in it, not for their beats alone", async () => {
    const log = new FakeLog();
    const participants = pull(participants$(log.transport, "op"));
    expect(await participants.next()).toEqual([]);
    log.set({ sessions: [session("s1")] });
    expect(await participants.next()).toEqual([session("s1")]);
    const later = { beat: { seq: 9, time: "2026-11-28T08:00:09.000Z", nextWithinMs: 1, staleAfterMs: 2 } };
    const looks = log.looks;
    log.set({ sessions: [session("s1", later)] });
    while (log.looks === looks) await new Promise(setImmediate);
    log.set({ sessions: [session("s1", later), session("s2", { state: "crashed" }), session("s3")] });
    expect(await participants.next()).toEqual([session("s1", later), session("s3")]);
    participants.stop();
  });

  it("give the calls that are open, in their order", async () => {
    const log = new FakeLog();
    log.set({ calls: [call("b", 7), call("a", 5)] });
    const calls = pull(calls$(log.transport, "op"));
    expect(await calls.next()).toEqual([call("a", 5), call("b", 7)]);
    log.set({ calls: [], operation: { ...operation, state: "completed" } });
    expect(await calls.next()).toEqual([]);
    expect(await calls.next()).toBe("completed");
  });

  it("give all operations, without their tokens, and go on until the log closes", async () => {
    const log = new FakeLog();
    const operations = pull(operations$(log.transport));
    const [first] = (await operations.next()) as readonly OperationInfo[];
    expect(first).toMatchObject({ operationId: "op", initiator: "a", state: "running", calls: { open: 0 } });
    expect(first).not.toHaveProperty("token");
    log.set({ operation: { ...operation, state: "completed" } });
    expect(await operations.next()).toMatchObject([{ state: "completed" }]);
    for (const close of log.closers) await close();
    expect(await operations.next()).toBe("completed");
    expect(log.watchers.size).toBe(0);
  });

  it("end with an error of the log, and free what they held", async () => {
    const log = new FakeLog();
    const states = pull(state$(log.transport, "op"));
    await states.next();
    log.failure = new Error("unreadable");
    log.set({});
    await expect(states.next()).rejects.toBe(log.failure);
    expect([log.watchers.size, log.closers.size]).toEqual([0, 0]);
  });

  it("look at nothing before they are subscribed to, nor after", async () => {
    const log = new FakeLog();
    const stream = state$(log.transport, "op");
    expect([log.watchers.size, log.looks]).toEqual([0, 0]);
    const states = pull(stream);
    await states.next();
    states.stop();
    expect([log.watchers.size, log.closers.size]).toEqual([0, 0]);
    log.set({ operation: { ...operation, state: "failed" } });
    await new Promise(setImmediate);
    expect([states.values, log.looks]).toEqual([["running"], 1]);
  });
});
