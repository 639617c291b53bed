/**
 * A builder: a process that joins the build, and bundles and checks one program after the other, as the build hands them out.
 * Usage: node dist/examples/build/builder.js --root DIR --operation ID --name NAME [--die]      (a child process with a channel)
 */
import { mkdir, rm } from "node:fs/promises";
import { once } from "node:events";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Ledger, pollUntil } from "../../src/operations.js";
import type { Operation } from "../../src/operations.js";
import type { Order } from "./builders.js";
import { bundleOf, esbuild, scratchOf, sourceOf } from "./targets.js";
import type { Built, Report, Target } from "./targets.js";

/** Bundles a program by esbuild, a process of its own, and has Node check what came out. Should this process die in it, that is the end of this call only. */
async function build(operation: Operation, root: string, scratch: string, target: Target, die: boolean): Promise<Built> {
  const bundle = bundleOf(root, target);
  const report = join(scratch, "report.json");
  const bundling = operation.execFileResultWorker<Report>({
    description: `bundle ${target}`,
    executable: esbuild,
    args: [sourceOf(target), "--bundle", "--platform=node", "--format=esm", "--target=node20", "--packages=external", "--log-level=warning", `--outfile=${bundle}`, `--metafile=${report}`],
    resultFilePath: report,
    timeoutMs: 30_000,
    failOnCrash: false,
  });
  if (die) {
    // The others end an orphan that they know of.
    await pollUntil(async () => (await operation.calls()).find(({ call }) => call === bundling.callId)?.worker, { pollIntervalMs: 5 })();
    process.kill(process.pid, "SIGKILL");
  }
  const { inputs, outputs } = await bundling.await();
  await operation.execStdioWorker({ description: `check ${target}`, executable: process.execPath, args: ["--check", bundle], deserializer: () => true, timeoutMs: 30_000, failOnCrash: false }).await();
  return { target, files: Object.keys(inputs).length, bytes: Object.values(outputs).reduce((sum, { bytes }) => sum + bytes, 0) };
}

const { values } = parseArgs({ options: { root: { type: "string", default: "" }, operation: { type: "string", default: "" }, name: { type: "string", default: "" }, die: { type: "boolean", default: false } } });
const { root, operation: operationId, name } = values;

await using ledger = await Ledger.connect({ basePath: root, participantId: name, heartbeatIntervalMs: 300, staleThresholdMs: 5000 });
const operation = await ledger.joinOperation({ operationId, failOnCrash: false });
// Should this process die, the others take it away.
const scratch = scratchOf(operation.sessionId);
await operation.registerTempResource({ path: scratch });
await mkdir(scratch, { recursive: true });

process.send?.({ ready: operation.sessionId });
for (;;) {
  const [{ target }] = (await once(process, "message")) as [Order];
  if (target === undefined) break;
  process.send?.({ built: await build(operation, root, scratch, target, values.die) });
}
await rm(scratch, { recursive: true, force: true });
await operation.unregisterTempResource({ path: scratch });
await operation.leave();
process.disconnect?.();
