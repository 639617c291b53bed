/**
 * Copies a daybook to a folder, or repairs it into one, counting every call that changes the folder. Arguments: "backup" or "repair", root, folder, and a point as JSON
 * at which to be killed; without one it prints the counted calls.
 */
import { writeSync } from "node:fs";
import { backupOn } from "../../src/log/rescue/backup-log.js";
import { repairOn } from "../../src/log/rescue/repair-log.js";
import { instrumentedFiles } from "../torture/crash-matrix/instrumented-files.js";
import { KillSwitch } from "../torture/crash-matrix/kill-switch.js";
import type { KillPlan } from "../torture/crash-matrix/kill-switch.js";

const [what = "", root = "", to = "", plan] = process.argv.slice(2);
const killSwitch = new KillSwitch(plan === undefined ? undefined : (JSON.parse(plan) as KillPlan), (kind) => void writeSync(1, `killed ${kind}\n`));
const files = instrumentedFiles(to, killSwitch);
await (what === "repair" ? repairOn(files, root, to) : backupOn(files, root, to));
writeSync(1, `${JSON.stringify(Object.fromEntries(killSwitch.passed))}\n`);
