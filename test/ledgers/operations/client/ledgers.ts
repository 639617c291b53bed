import { lastValueFrom } from "rxjs";
import { afterEach } from "vitest";
import { Ledger } from "../../../../src/ledgers/operations/ledger.js";
import type { LedgerOptions } from "../../../../src/ledgers/operations/ledger-options.js";
import type { Operation } from "../../../../src/ledgers/operations/operation.js";
import { temporaryFolder } from "../../../support/temporary-folder.js";

const open: Ledger[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((ledger) => ledger.dispose()));
});

/** A ledger that is closed after the test. */
export async function connect(participantId: string, basePath: string, options: LedgerOptions = {}): Promise<Ledger> {
  const ledger = await Ledger.connect({ basePath, participantId, ...options });
  open.push(ledger);
  return ledger;
}

/** Two participants of one operation, each with a ledger of its own. */
export async function two(): Promise<{ readonly ledgers: readonly [Ledger, Ledger]; readonly initiator: Operation; readonly member: Operation }> {
  const folder = temporaryFolder();
  const first = await connect("cli", folder);
  const second = await connect("bridge", folder);
  const initiator = await first.createOperation({ description: "build" });
  const member = await second.joinOperation(initiator.operationId);
  return { ledgers: [first, second], initiator, member };
}

/** One participant of an operation of its own. */
export async function one(options: LedgerOptions = {}): Promise<{ readonly ledger: Ledger; readonly operation: Operation }> {
  const ledger = await connect("cli", temporaryFolder(), options);
  return { ledger, operation: await ledger.createOperation() };
}

/** The code of what a promise rejects with; fails when it does not. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return (error as { readonly code: string }).code;
  }
  throw new Error("did not reject");
}

/** Work that goes on until its signal aborts. */
export const untilAborted = (_call: unknown, _operation: unknown, signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", stop);
    // Aborted before it began, it is not told any more.
    if (signal.aborted) stop();
  });

/** A promise, and the way to resolve it. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

/** The state in which an operation has ended, once it has. */
export const endOf = (operation: Operation): Promise<string> => lastValueFrom(operation.state$);
