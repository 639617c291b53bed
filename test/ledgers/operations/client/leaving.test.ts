import { describe, expect, it } from "vitest";
import { openDaybook } from "../../../../src/index.js";
import { Ledger } from "../../../../src/ledgers/operations/ledger.js";
import { temporaryFolder } from "../../../support/temporary-folder.js";
import { codeOf, one, two } from "./ledgers.js";

describe("leaving", () => {
  it("an operation that is over is nothing, once, whether this session has heard of that or not", async () => {
    const { initiator, member } = await two();
    await initiator.complete();
    await Promise.all([initiator.leave(), member.leave()]);
    expect([await codeOf(initiator.leave()), await codeOf(member.leave())]).toEqual(["SESSION_INACTIVE", "SESSION_INACTIVE"]);
    const aware = await two();
    await aware.initiator.complete({ force: true });
    await aware.member.checkAbort();
    expect(aware.member.state).toBe("completed");
    await aware.member.leave();
    expect(await codeOf(aware.member.leave())).toBe("SESSION_INACTIVE");
  });

  it("waits for calls that are just ending", async () => {
    const { ledger, operation } = await one();
    const call = await operation.startCall<number>();
    const ending = call.end(1);
    await operation.leave();
    await ending;
    expect((await ledger.operation(operation.operationId)).calls).toMatchObject([{ outcome: "ended", result: 1 }]);
    await expect(operation.leave()).rejects.toMatchObject({ code: "SESSION_INACTIVE" });
  });

  it("is done for whoever closes the daybook: nobody takes the sessions for crashed", async () => {
    const folder = temporaryFolder();
    const book = await openDaybook(folder, { participantId: "host" });
    const warned: string[] = [];
    const ledger = await Ledger.connect({ book, participantId: "cli", callback: { onCallbackError: (error, { callback }) => void warned.push(`${callback}: ${(error as Error).message}`) } });
    const operation = await ledger.createOperation();
    const again = await ledger.joinOperation(operation.operationId);
    const call = again.spawnCall(() => new Promise(() => undefined));
    const open = await operation.startCall();
    await book.close();
    await call.future;
    expect([call.isCancelled, open.isCompleted, await codeOf(operation.startCall())]).toEqual([true, true, "SESSION_INACTIVE"]);
    await ledger.dispose();
    expect(warned).toEqual([]);
    await using later = await openDaybook(folder, { readOnly: true });
    const { sessions, calls, operation: info } = await (await Ledger.connect({ book: later })).operation(operation.operationId);
    expect([sessions.map(({ state }) => state), calls.map(({ outcome }) => outcome), info.state]).toEqual([["left", "left"], ["cancelled", "cancelled"], "running"]);
  });

  it("that has begun is not disturbed by a daybook that is closed meanwhile", async () => {
    const folder = temporaryFolder();
    const book = await openDaybook(folder, { participantId: "host" });
    const warned: unknown[] = [];
    const ledger = await Ledger.connect({ book, participantId: "cli", callback: { onCallbackError: (error) => void warned.push(error) } });
    const { operationId } = await ledger.createOperation();
    await Promise.all([ledger.dispose(), book.close()]);
    expect(warned).toEqual([]);
    await using later = await openDaybook(folder, { readOnly: true });
    expect((await (await Ledger.connect({ book: later })).operation(operationId)).sessions).toMatchObject([{ state: "left" }]);
  });
});

describe("joining what is aborted already", () => {
  it("calls back with a handle that is whole", async () => {
    const { ledgers: [, ledger], initiator } = await two();
    await initiator.setAbortFlag(true);
    const told: string[] = [];
    const left = new Promise<void>((resolve) => {
      void ledger.joinOperation({
        operationId: initiator.operationId,
        callback: {
          onAbort: async (operation) => {
            await operation.leave();
            resolve();
          },
          onHeartbeatError: (operation, { type }) => {
            operation.stopHeartbeat();
            told.push(type);
          },
          onCallbackError: (error) => {
            told.push(String(error));
            resolve();
          },
        },
      });
    });
    await left;
    expect(told).toEqual(["abortFlagSet"]);
  });
});
