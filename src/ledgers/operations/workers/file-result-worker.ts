import { resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { WorkerFailedError } from "../../../base/errors.js";
import { deserialized } from "./deserialized.js";
import { runProcess } from "./run-process.js";
import { markOf, readUnchanged, removeFile } from "./watched-file.js";
import type { FileMark } from "./watched-file.js";
import type { WorkerHost, WorkerTask } from "./worker-host.js";
import { checkedFileResultOptions } from "./worker-options.js";
import type { FileResultWorkerOptions } from "./worker-options.js";

/**
 * A call that is a process, and whose result is a file that it writes: taken only when it is complete, and not what was there before the process started. It fails with WORKER_FAILED when the process cannot
 * be started, exits with another code than 0, is ended by a signal, ends without having written the file, or wrote what the deserializer does not take.
 * @throws InvalidOptionError
 */
export function fileResultWorker<T>(options: FileResultWorkerOptions<T>): WorkerTask<T> {
  const checked = checkedFileResultOptions(options);
  const { executable, deserializer, deleteResultFile, until, pollIntervalMs } = checked;
  // As the worker sees it: a relative one is below its working directory.
  const path = resolve(checked.cwd ?? "", checked.resultFilePath);
  const decode = (text: string): Promise<T> => deserialized(`the result of ${executable} in ${path}`, text, deserializer);

  async function work(host: WorkerHost): Promise<T> {
    const before = await markOf(path);
    const found: { value?: T; taken: boolean } = { taken: false };
    const look = async (ended: AbortSignal): Promise<boolean> => {
      let [last, refused]: FileMark[] = [before, before];
      while (!ended.aborted) {
        await pause(pollIntervalMs, undefined, { signal: ended }).catch(() => undefined);
        const mark = await markOf(path);
        if (mark !== undefined && mark === last && mark !== refused) {
          const text = await readUnchanged(path, mark);
          const taken = text === undefined ? undefined : await decode(text).then((value) => ({ value }), () => undefined);
          if (taken !== undefined) {
            Object.assign(found, taken, { taken: true });
            return true;
          }
          // What cannot be read yet is looked at again once it has changed.
          refused = mark;
        }
        last = mark;
      }
      return false;
    };
    await runProcess(host, checked, until === "result" ? { until: look } : {});
    if (!found.taken) found.value = await decode(await resultOf(before));
    // A file that cannot go takes nothing from the result.
    if (deleteResultFile) await removeFile(path).catch((error: unknown) => host.callbackFailed(error, "deleteResultFile"));
    return found.value as T;
  }

  async function resultOf(before: FileMark): Promise<string> {
    const mark = await markOf(path);
    if (mark === undefined || mark === before) throw new WorkerFailedError(`${executable} exited with 0, but without its result: ${mark === undefined ? "there is no file" : "nothing new"} in ${path}`, 0);
    const text = await readUnchanged(path, mark);
    if (text === undefined) throw new WorkerFailedError(`${executable} has exited, but its result in ${path} is still being written to`, 0);
    return text;
  }

  return { kind: "worker", description: "File result worker", signal: checked.signal, work };
}
