import { errorText } from "./call-error.js";

/** Which callback threw. `callId`: of the call that it belongs to. */
export interface CallbackFault {
  readonly callback: string;
  readonly callId?: string;
}

/** Told of what callbacks throw. */
export type CallbackErrorListener = (error: unknown, fault: CallbackFault) => void | Promise<void>;

/** What a callback gave, or what was wrong with it in words. */
export interface CallbackOutcome<T> {
  readonly value?: T;
  readonly problem?: string;
}

/** Runs what callers gave to be called back: whatever such a function throws is told, and changes nothing. */
export class GuardedCallbacks {
  readonly #listeners: readonly CallbackErrorListener[];

  /** @param listeners the first one that is given is told; with none there is a process warning */
  constructor(...listeners: readonly (CallbackErrorListener | undefined)[]) {
    this.#listeners = listeners.filter((listener) => listener !== undefined);
  }

  /** Never rejects. */
  async run<T>(callback: string, callId: string | undefined, work: (() => T | Promise<T>) | undefined): Promise<CallbackOutcome<T>> {
    if (work === undefined) return {};
    try {
      return { value: await work() };
    } catch (error) {
      await this.report(error, { callback, ...(callId === undefined ? {} : { callId }) });
      return { problem: `${callback}${callId === undefined ? "" : ` of ${callId}`}: ${errorText(error)}` };
    }
  }

  /** Tells of an error. Never rejects. */
  async report(error: unknown, fault: CallbackFault): Promise<void> {
    const [listener] = this.#listeners;
    if (listener === undefined) return warn(error, fault);
    try {
      await listener(error, fault);
    } catch (second) {
      warn(error, fault);
      warn(second, { ...fault, callback: "onCallbackError" });
    }
  }
}

function warn(error: unknown, { callback, callId }: CallbackFault): void {
  process.emitWarning(`${callback}${callId === undefined ? "" : ` of ${callId}`} threw: ${errorText(error)}`, { code: "DAYBOOK_CALLBACK" });
}
