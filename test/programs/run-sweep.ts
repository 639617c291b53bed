/**
 * Runs a sweep of so many seeds, and appends `SEED ATTEMPT PID` to a file for each that its work has come to the end of; then prints
 * the report. Arguments: root, how many sets, concurrency, how long one takes at most in ms, the file.
 */
import { appendFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { Project } from "../../src/projects.js";

const [root = "", count = "1", concurrency = "1", mostMs = "0", file = ""] = process.argv.slice(2);
const project = await Project.open(root);
const sweep = project.sweep("train", { seed: Array.from({ length: Number(count) }, (_, seed) => seed), nested: { constant: "x" } });
console.log("ready");
const report = await sweep.run(
  async (session, { attempt, signal }) => {
    const { seed } = session.params as { seed: number };
    await pause(((seed * 7919) % 11) * 0.1 * Number(mostMs), undefined, { signal });
    await session.metric("score", seed);
    appendFileSync(file, `${seed} ${attempt} ${process.pid}\n`);
  },
  { concurrency: Number(concurrency), metric: "score", goal: "max" },
);
console.log(JSON.stringify(report));
await project.close();
