/**
 * The demo of operations: builds programs of the examples in several processes that one operation holds together, of which one is killed, and prints who did what when.
 * Usage: node dist/examples/build/demo.js [--root DIR] [--fresh]
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { Ledger, pollUntil } from "../../src/operations.js";
import { prepareFolder } from "../penguins/demo-folder.js";
import { runProgram, stopped } from "../penguins/processes.js";
import { runDemo } from "../run-demo.js";
import { heading } from "../penguins/report.js";
import { Builders } from "./builders.js";
import { TARGETS, bundleOf, scratchOf } from "./targets.js";
import type { Built } from "./targets.js";

const NAMES = ["builder-1", "builder-2", "builder-3"] as const;
/** Who is killed, in the middle of its first program. */
const VICTIM = NAMES[1];

/** What was built, with digests, as a file beside the bundles. */
async function writeManifest(root: string, built: readonly Built[]): Promise<number> {
  const lines = await Promise.all(TARGETS.map(async (target) => `${createHash("sha256").update(await readFile(bundleOf(root, target))).digest("hex")}  ${relative(root, bundleOf(root, target))}`));
  await writeFile(join(root, "bundles", "SHA256SUMS"), `${lines.join("\n")}\n`);
  return built.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Builds all, in an operation of its own; true when it has completed. */
async function buildAll(root: string): Promise<boolean> {
  await mkdir(join(root, "bundles"), { recursive: true });
  await using ledger = await Ledger.connect({ basePath: root, participantId: "build", heartbeatIntervalMs: 300, staleThresholdMs: 5000, signal: stopped });
  const operation = await ledger.createOperation({ description: "build of the examples", signal: stopped });
  const builders = new Builders(TARGETS, {
    built: (name, { target, files, bytes }) => console.log(`${name}: ${target} is built, ${files} files in ${(bytes / 1024).toFixed(0)} KiB`),
    lost: (name, target) => console.log(`${name} is dead${target === undefined ? "" : `, in the middle of ${target}: another one builds it`}`),
  });
  const seen = operation.participants$.subscribe((sessions) => builders.see(new Set(sessions.map(({ session }) => session))));
  try {
    for (const name of NAMES) builders.start(name, ["--root", root, "--operation", operation.operationId, ...(name === VICTIM ? ["--die"] : [])]);
    const built = await operation.waitForCompletion(() => builders.all(), { signal: stopped });
    const bytes = await operation.call("write SHA256SUMS", () => writeManifest(root, built));
    console.log(`all ${built.length} programs are built: ${(bytes / 1024).toFixed(0)} KiB`);
  } finally {
    seen.unsubscribe();
    await builders.close();
  }
  await operation.complete();
  // Whoever found the dead one has it taken away.
  await pollUntil(() => builders.sessions.map(scratchOf).every((path) => !existsSync(path)) || undefined, { timeoutMs: 5000, signal: stopped })();
  console.log("no scratch folder is left, not that of the dead one either");
  return operation.state === "completed";
}

async function demo(root: string, fresh: boolean): Promise<boolean> {
  const began = performance.now();
  const fromHere = relative(process.cwd(), root);
  const shown = fromHere.startsWith("..") ? root : fromHere || ".";
  await prepareFolder(root, fresh);

  console.log(heading(`Building ${TARGETS.length} programs in ${shown}, in ${NAMES.length} processes, of which ${VICTIM} is killed`));
  let ok = await buildAll(root);

  for (const args of [["operations", "show"], ["verify"]]) {
    console.log(heading(`$ daybook --root ${shown} ${args.join(" ")}`));
    if (!(await runProgram("../../tools/daybook.js", ["--root", root, ...args]))) ok = false;
  }
  console.log(`\n${ok ? "All is well" : "SOMETHING IS WRONG, see above"}, after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return ok;
}

await runDemo("build", "builds anew", demo);
