import { createHash } from "node:crypto";
import { openDaybook } from "../../src/index.js";
import type { Daybook } from "../../src/index.js";
import type { NewSession, OperationCommand } from "../../src/ledgers/operations/commands.js";
import { LocalTransport } from "../../src/ledgers/operations/local/local-transport.js";
import { thisProcess } from "../../src/ledgers/runs/process-identity.js";

const start = Date.parse("2026-11-28T09:30:00.000Z");

/** Writes what happens to operations, at times of its own: each participant a transport of its own, each command at the second that is told. */
export class OperationBook {
  #atMs = start;

  private constructor(readonly root: string) {}

  static open(root: string): OperationBook {
    return new OperationBook(root);
  }

  /** Sends commands to an operation in somebody's name, so many seconds after the start. */
  async at(seconds: number, participantId: string, operationId: string, ...commands: readonly OperationCommand[]): Promise<void> {
    this.#atMs = start + seconds * 1000;
    await using book: Daybook = await openDaybook(this.root, { participantId, clock: () => this.#atMs });
    const transport = await LocalTransport.open(book);
    for (const command of commands) await transport.send(operationId, command);
  }
}

/** A session as its joining tells of it: of this process, unless told otherwise. */
export const newSession = (session: string, more: Partial<NewSession> = {}): NewSession => ({ ...thisProcess(), session, nextWithinMs: 5500, staleAfterMs: 15_000, failOnCrash: true, ...more });

/** Creates an operation. */
export const create = (initiator: string, session: string, description?: string, more: Partial<NewSession> = {}): OperationCommand => ({
  ...{ kind: "create", initiator, token: createHash("sha256").update("t").digest("hex"), first: newSession(session, more) },
  ...(description === undefined ? {} : { description }),
});

/** Starts a call. */
export const startCall = (session: string, call: string, description?: string, more: { readonly failOnCrash?: boolean; readonly callKind?: "call" | "spawned" | "worker" } = {}): OperationCommand => ({
  ...{ kind: "start-call", session, call, callKind: "call", failOnCrash: true },
  ...(description === undefined ? {} : { description }),
  ...more,
});
