import { expect, test } from "vitest";
import { SessionExpiredError } from "../../../../src/index.js";
import type { OperationCommand } from "../../../../src/ledgers/operations/commands.js";
import { CleanupDuty } from "../../../../src/ledgers/operations/liveness/cleanup-duty.js";
import type { DutyParts } from "../../../../src/ledgers/operations/liveness/cleanup-duty.js";
import type { CommandResult, OperationSnapshot } from "../../../../src/ledgers/operations/transport.js";
import type { CleanupRow } from "../../../../src/projections/views/operations.js";
import { DecidedOperation } from "../decided-operation.js";
import { ManualTime, settle } from "./manual-time.js";

interface Watched {
  readonly duty: CleanupDuty;
  readonly time: ManualTime;
  /** What was done, in order. */
  readonly done: string[];
  readonly errors: unknown[];
  readonly look: (more?: Partial<CleanupRow>, openSessions?: readonly string[]) => Promise<void>;
}

/** The duty of s2 in a clean-up that s1 coordinates, in which s1, s2 and s3 have to report. */
function watched(more: Partial<DutyParts> = {}, refuse: (command: OperationCommand) => Error | undefined = () => undefined): Watched {
  const [time, done, errors]: [ManualTime, string[], unknown[]] = [new ManualTime(), [], []];
  const { row } = new DecidedOperation().join("s2", "s3");
  const duty = new CleanupDuty({
    session: "s2",
    send: (command) => {
      const refusal = refuse(command);
      done.push(refusal === undefined ? command.kind : `${command.kind} refused`);
      return refusal === undefined ? Promise.resolve({} as CommandResult) : Promise.reject(refusal);
    },
    cleanup: { run: () => Promise.resolve([String(done.push("clean up"))]) },
    forDead: () => Promise.resolve(void done.push("for the dead")),
    isAgent: () => false,
    time,
    onError: (error) => void errors.push(error),
    ...more,
  });
  const look: Watched["look"] = async (changes = {}, openSessions = ["s1", "s2", "s3"]) => {
    const cleanup: CleanupRow = { coordinator: "s1", reason: "r", seq: 9, time: "", survivors: ["s1", "s2", "s3"], reported: [], crashedCalls: [], withinMs: 1000, ...changes };
    duty.take({ operation: { ...row, state: "cleanup", cleanup, openSessions }, sessions: [] } satisfies OperationSnapshot);
    await settle();
  };
  return { duty, time, done, errors, look };
}

test("a survivor cleans up once and reports; the agent of a host cleans up for its dead before", async () => {
  const { look, done } = watched();
  await look();
  await look({ reported: ["s2"] });
  expect(done).toEqual(["clean up", "report-cleanup"]);
  const agent = watched({ isAgent: () => true });
  await agent.look();
  expect(agent.done).toEqual(["clean up", "for the dead", "report-cleanup"]);
});

test("a report that was not taken is tried again, and the clean-up is not run again for it", async () => {
  let refusals = 2;
  const { look, done, time, errors } = watched({}, () => (refusals-- > 0 ? new Error("disk full") : undefined));
  await look();
  await time.pass(2000);
  expect(done).toEqual(["clean up", "report-cleanup refused", "report-cleanup refused", "report-cleanup"]);
  expect(errors).toHaveLength(2);
});

test("what is refused because the session is over is not tried again, and is no error", async () => {
  const { look, done, time, errors } = watched({}, () => new SessionExpiredError("op", "s2"));
  await look();
  await time.pass(5000);
  expect([done, errors]).toEqual([["clean up", "report-cleanup refused"], []]);
});

test("the coordinator waits for every survivor that is there, cleans up for the dead, and ends it", async () => {
  const { look, done } = watched();
  await look({ coordinator: "s2", reported: ["s2", "s1"] });
  expect(done).toEqual([]);
  await look({ coordinator: "s2", reported: ["s2", "s1"] }, ["s1", "s2"]);
  expect(done).toEqual(["for the dead", "finish-cleanup"]);
});

test("it waits no longer than promised: neither for survivors, nor for itself, nor for what is to be removed", async () => {
  const never = new Promise<never>(() => undefined);
  const { look, done, time } = watched({ cleanup: { run: () => never }, forDead: () => never });
  await look({ coordinator: "s2", reported: ["s1"] });
  await time.pass(999);
  expect(done).toEqual([]);
  await time.pass(1);
  await time.pass(1000);
  expect(done).toEqual(["finish-cleanup"]);
});

test("a coordinator that is over is replaced; what is under way is not begun twice", async () => {
  const { look, done } = watched();
  await Promise.all([look({ reported: ["s2"] }, ["s2", "s3"]), look({ reported: ["s2"] }, ["s2", "s3"])]);
  expect(done.filter((step) => step === "take-over").length).toBe(1);
});

test("its part is done once it has reported, of a coordinator once the operation has ended, and at the latest when the time is over", async () => {
  const { look, duty, time } = watched();
  const done: string[] = [];
  const wait = (what: string): void => void duty.whenDone().then(() => done.push(what));
  wait("before");
  await look({ coordinator: "s1" });
  wait("reported");
  await settle();
  expect(done).toEqual(["before"]);
  await look({ coordinator: "s1", reported: ["s2"] });
  expect(done).toEqual(["before", "reported"]);
  await look({ coordinator: "s2", reported: ["s2"] });
  wait("coordinated");
  await look({ coordinator: "s2", reported: ["s1", "s2", "s3"] });
  expect(done).toHaveLength(2);
  await look({ coordinator: "s2" }, []);
  expect(done).toEqual(["before", "reported", "coordinated"]);
  await look({ coordinator: "s2" });
  wait("late");
  await time.pass(2000);
  expect(done).toHaveLength(4);
});

test("nothing is done for a session that is over, or after the end", async () => {
  const { look, done, duty, time } = watched();
  await look({}, ["s1", "s3"]);
  expect(done).toEqual([]);
  await look({ coordinator: "s2", reported: ["s2"] });
  await duty.stop();
  await time.pass(5000);
  await look();
  expect([done, time.awaited]).toEqual([[], 0]);
});
