/**
 * A worker process: goes through the grid once and trains what nobody else has trained or is training.
 * Usage: node worker.js --root DIR --name worker-1
 */
import { parseArgs } from "node:util";
import { Project } from "../../src/projects.js";
import { trainGrid } from "./train-grid.js";

// An orphan would go on training unseen: without its parent a worker ends, and its run is taken up by the next call.
process.on("disconnect", () => process.exit(1));

const { values } = parseArgs({ options: { root: { type: "string" }, name: { type: "string" } } });
if (values.root === undefined || values.name === undefined) throw new Error("usage: worker.js --root DIR --name NAME");
const project = await Project.open(values.root, { daybook: { participantId: values.name } });
await trainGrid(project, { ifLive: "skip" }, (news) => process.send?.(news));
await project.close();
// The IPC channel would keep the process alive.
process.removeAllListeners("disconnect");
process.disconnect?.();
