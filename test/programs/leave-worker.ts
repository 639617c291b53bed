/**
 * Starts a worker that never ends by itself, prints its pid, and ends as it is told: `exit`, `throw`, or by a `signal` that somebody sends.
 * Usage: node leave-worker.js HOW
 */
import { stdioWorker } from "../../src/ledgers/operations/workers/stdio-worker.js";

const [how] = process.argv.slice(2);
const work = stdioWorker({ executable: "sh", args: ["-c", "trap '' TERM HUP; while :; do sleep 0.05; done"] }).work({
  callId: "spawn_test_1",
  signal: new AbortController().signal,
  workerStarted({ pid }) {
    process.stdout.write(`${pid}\n`, () => {
      if (how === "exit") process.exit(0);
      if (how === "signal") return;
      setImmediate(() => {
        throw new Error("an error that nobody catches");
      });
    });
    return Promise.resolve();
  },
  workerExited: () => Promise.resolve(),
  callbackFailed: () => undefined,
});
await work;
