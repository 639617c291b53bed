/**
 * Takes part in an operation of a daybook, and prints what it does and sees: `in OPERATION SESSION` first, then `call ID` for each call that it starts, `ready`, and whatever
 * happens: `failure REASON`, `operation-failed CALL`, `cleanup CALL`, `stale PARTICIPANT`, `aborted`, `beat-error TYPE`, `connect-error CODE`. It does what it reads from stdin, a
 * word a line, and answers each with `WORD done`, or `WORD CODE` when that is refused. Arguments: root, participant, and the part as JSON.
 */
import { createInterface } from "node:readline";
import { Ledger } from "../../src/operations.js";
import type { Call, CallCallback } from "../../src/operations.js";

/** How it takes part. */
export interface Part {
  /** The operation to join. Default: it creates one. */
  readonly join?: string;
  readonly intervalMs?: number;
  readonly staleMs?: number;
  readonly cleanupMs?: number;
  readonly failOnCrash?: boolean;
  /** Calls that it starts, by whether they fail the operation. */
  readonly calls?: readonly boolean[];
  /** Temporary files that it registers. */
  readonly resources?: readonly string[];
  /** A worker that runs until it is killed. */
  readonly worker?: boolean;
  /** Its clean-ups never end. */
  readonly stuck?: boolean;
  /** How far its wall clock is off. */
  readonly clockOffMs?: number;
}

const [root = "", participantId = "", text = "{}"] = process.argv.slice(2);
const { join, intervalMs = 100, staleMs = 60_000, cleanupMs = 10_000, failOnCrash = true, calls = [], resources = [], worker = false, stuck = false, clockOffMs = 0 } = JSON.parse(text) as Part;
const say = (...words: readonly string[]): void => console.log(words.join(" "));
const codeOf = (error: unknown): string => (error as { code?: string }).code ?? String(error);

const ledger = await Ledger.connect({
  basePath: root,
  participantId,
  heartbeatIntervalMs: intervalMs,
  staleThresholdMs: staleMs,
  cleanupTimeoutMs: cleanupMs,
  daybook: { clock: () => Date.now() + clockOffMs },
});
say("connected");
const callback = {
  onFailure: (_: unknown, { reason }: { readonly reason: string }) => say("failure", reason),
  onAbort: () => say("aborted"),
  onCleanup: () => say("cleanup"),
  onHeartbeatError: (_: unknown, { type, participants }: { readonly type: string; readonly participants?: readonly string[] }) => {
    if (type === "heartbeatStale") say("stale", ...(participants ?? []));
    else say("beat-error", type);
  },
};
const operation = join === undefined ? await ledger.createOperation({ callback, failOnCrash }) : await ledger.joinOperation({ operationId: join, callback, failOnCrash });
say("in", operation.operationId, operation.sessionId);

const open: Call<unknown>[] = [];
async function start(fatal: boolean): Promise<void> {
  const own: { id?: string } = {};
  const about: CallCallback<unknown> = {
    onCleanup: () => {
      say("cleanup", own.id ?? "");
      return stuck ? new Promise<void>(() => undefined) : undefined;
    },
    onOperationFailed: () => say("operation-failed", own.id ?? ""),
  };
  const call = await operation.startCall({ failOnCrash: fatal, callback: about });
  own.id = call.callId;
  open.push(call);
  say("call", call.callId);
}
for (const fatal of calls) await start(fatal);
for (const path of resources) await operation.registerTempResource({ path });
if (worker) operation.execStdioWorker({ executable: process.execPath, args: ["-e", "setInterval(() => undefined, 1000)"] });
say("ready");

const words: Readonly<Record<string, () => Promise<unknown>>> = {
  call: () => start(true),
  end: async () => open.shift()?.end(),
  fail: async () => open.shift()?.fail(new Error("it broke")),
  leave: () => operation.leave({ cancelPendingCalls: true }),
  complete: () => operation.complete(),
  abort: () => operation.setAbortFlag(true),
  beat: () => operation.heartbeat(),
  dispose: () => ledger.dispose(),
};
const reader = createInterface({ input: process.stdin });
reader.on("line", (word) => {
  if (word === "exit") return reader.close();
  (words[word] ?? (() => Promise.reject(new Error("no such word"))))().then(
    () => say(word, "done"),
    (error: unknown) => say(word, codeOf(error)),
  );
});
