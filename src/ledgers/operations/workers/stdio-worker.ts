import { WorkerFailedError } from "../../../base/errors.js";
import { deserialized } from "./deserialized.js";
import { runProcess } from "./run-process.js";
import type { WorkerTask } from "./worker-host.js";
import { checkedStdioOptions } from "./worker-options.js";
import type { StdioWorkerOptions } from "./worker-options.js";

/** What a result may be long at the most. */
const longestBytes = 256 * 1024 * 1024;

/**
 * A call that is a process, and whose result is what it writes to stdout, decoded once it has exited with 0. It fails with WORKER_FAILED when the process cannot be started, exits with anything else, is
 * ended by a signal, writes more than 256 MiB, or writes what the deserializer does not take.
 * @throws InvalidOptionError
 */
export function stdioWorker<T>(options: StdioWorkerOptions<T>): WorkerTask<T> {
  const checked = checkedStdioOptions(options);
  return {
    kind: "worker",
    description: "Stdout worker",
    signal: checked.signal,
    async work(host) {
      const pieces: Uint8Array[] = [];
      let length = 0;
      const takeStdout = (bytes: Uint8Array): void => {
        length += bytes.length;
        if (length > longestBytes) throw new WorkerFailedError(`${checked.executable} wrote more than ${longestBytes} bytes to stdout`);
        pieces.push(bytes);
      };
      await runProcess(host, checked, { takeStdout });
      return deserialized(`what ${checked.executable} wrote to stdout`, Buffer.concat(pieces).toString("utf8"), checked.deserializer);
    },
  };
}
