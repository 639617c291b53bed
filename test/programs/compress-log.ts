/**
 * Compresses a log, or decompresses it, and kills itself at one point of one call of the file system. Arguments: root, `gzip`, `brotli` or `undo`, and the plan of the
 * kill as JSON, or `count`: then it prints the points that it has passed, as JSON.
 */
import { writeSync } from "node:fs";
import { openDaybookOn } from "../../src/open-daybook.js";
import type { Codec } from "../../src/index.js";
import { nodeFileSystem } from "../../src/log/file-system.js";
import type { LogFileSystem } from "../../src/log/file-system.js";
import { instrumentedFiles } from "../torture/crash-matrix/instrumented-files.js";
import { KillSwitch } from "../torture/crash-matrix/kill-switch.js";
import type { KillPlan } from "../torture/crash-matrix/kill-switch.js";

const [root = "", what = "gzip", plan = "count"] = process.argv.slice(2);
const visitor = new KillSwitch(plan === "count" ? undefined : (JSON.parse(plan) as KillPlan), () => writeSync(1, "kill\n"));
const watched = instrumentedFiles(root, visitor);
let current: LogFileSystem = nodeFileSystem;
// Opening is the matter of other tests: what is counted begins with the work itself.
const files = Object.fromEntries((Object.keys(nodeFileSystem) as (keyof LogFileSystem)[]).map((call) => [call, (...args: unknown[]) => (current[call] as (...all: unknown[]) => unknown)(...args)])) as unknown as LogFileSystem;
const book = await openDaybookOn({ files }, root, { participantId: "c" });
current = watched;
if (what === "undo") await book.decompress();
else await book.compress({ codec: what as Codec, keep: 0 });
if (plan === "count") writeSync(1, `${JSON.stringify(Object.fromEntries(visitor.passed))}\n`);
current = nodeFileSystem;
await book.close();
