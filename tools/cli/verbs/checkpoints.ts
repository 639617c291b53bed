import { diffCheckpointsVerb } from "../checkpoints/diff.js";
import { lsVerb } from "../checkpoints/ls.js";
import { showVerb } from "../checkpoints/show.js";
import { helpText } from "../help.js";
import type { VerbGroup } from "../verb.js";

/** `daybook checkpoints` */
export const checkpointsVerb: VerbGroup = {
  name: "checkpoints",
  verbs: [lsVerb, showVerb, diffCheckpointsVerb],
  configure: (command) =>
    void command
      .description("list and compare checkpoints of models")
      .addHelpText("after", helpText(
        [
          ["daybook checkpoints", "all that are there, as `daybook checkpoints ls`"],
          ["daybook checkpoints show a1b2c3d4/100", "one of them; a hash may be cut short where that names it"],
          ["daybook checkpoints diff a1b2c3d4 c3d4e5f6", "what differs between two hashes"],
          ["daybook --json checkpoints ls --at 2h", "as it stood two hours ago, one JSON object per step"],
        ],
        "0 ok; 1 no such hash or checkpoint (CHECKPOINT_NOT_FOUND), no daybook there, or a damaged one; 2 wrong usage",
      )),
};
