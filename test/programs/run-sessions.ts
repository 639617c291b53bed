/**
 * Goes through so many parameter sets of a project on an empty or a used folder, and prints `ran UID ATTEMPT` or `left UID BECAUSE` for
 * each; with a pause it first prints `in UID ATTEMPT` and works for that long. Arguments: root, identifier, how many, pause in ms, ifLive.
 */
import { setTimeout as pause } from "node:timers/promises";
import { Project } from "../../src/projects.js";
import type { IfLive } from "../../src/projects.js";

const [root = "", identifier = "train", count = "1", pauseMs = "0", ifLive = "wait"] = process.argv.slice(2);
const project = await Project.open(root);
for (let seed = 0; seed < Number(count); seed += 1) {
  const session = await project.session(identifier, { seed, nested: { list: [seed] } });
  const outcome = await session.run(
    async (_, { attempt, signal }) => {
      if (pauseMs === "0") return attempt;
      console.log(`in ${session.uid} ${attempt}`);
      await pause(Number(pauseMs), undefined, { signal });
      return attempt;
    },
    { ifLive: ifLive as IfLive },
  );
  console.log(outcome.ran ? `ran ${session.uid} ${outcome.value}` : `left ${session.uid} ${outcome.because}`);
}
await project.close();
