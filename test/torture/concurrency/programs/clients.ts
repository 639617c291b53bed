/**
 * A process with one or more clients: the first in the main thread, the others in worker threads. Argument: a list of tasks as JSON.
 * Prints `ready`, waits for a line on its input, then lets all of them begin at once, and prints `done`.
 */
import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { fileURLToPath } from "node:url";
import { Client } from "./run-client.js";
import type { ClientTask } from "./run-client.js";

if (isMainThread) await runProcess(JSON.parse(process.argv[2] ?? "[]") as ClientTask[]);
else await runThread(workerData as ClientTask);

async function runProcess(tasks: readonly ClientTask[]): Promise<void> {
  const threads = tasks.filter(({ client }) => client.thread).map((task) => new Worker(fileURLToPath(import.meta.url), { workerData: task }));
  // A thread that dies of an error takes the process with it: `once` rejects on "error".
  const ended = threads.map((thread) => once(thread, "exit"));
  const own = tasks.filter(({ client }) => !client.thread).map((task) => new Client(task));
  await Promise.all([...threads.map((thread) => once(thread, "message")), ...own.map((client) => client.prepare())]);
  console.log("ready");
  await once(process.stdin, "data");
  process.stdin.destroy();
  for (const thread of threads) thread.postMessage("go");
  await Promise.all([...ended, ...own.map((client) => client.run())]);
  console.log("done");
}

async function runThread(task: ClientTask): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error("This is no worker thread");
  const client = new Client(task);
  await client.prepare();
  port.postMessage("ready");
  await once(port, "message");
  await client.run();
  port.close();
}
