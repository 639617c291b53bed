import { compressCheckpointsVerb } from "../checkpoints/compress.js";
import { diffCheckpointsVerb } from "../checkpoints/diff.js";
import { gcVerb } from "../checkpoints/gc.js";
import { lsVerb } from "../checkpoints/ls.js";
import { pinVerb, unpinVerb } from "../checkpoints/pin.js";
import { pruneVerb } from "../checkpoints/prune.js";
import { showVerb } from "../checkpoints/show.js";
import { verifyCheckpointsVerb } from "../checkpoints/verify.js";
import { helpText } from "../help.js";
import type { VerbGroup } from "../verb.js";

/** `daybook checkpoints` */
export const checkpointsVerb: VerbGroup = {
  name: "checkpoints",
  verbs: [lsVerb, showVerb, diffCheckpointsVerb, verifyCheckpointsVerb, pruneVerb, pinVerb, unpinVerb, compressCheckpointsVerb, gcVerb],
  configure: (command) =>
    void command
      .description("list, compare and verify checkpoints of models, and look after their files")
      .addHelpText("after", helpText(
        [
          ["daybook checkpoints", "all that are there, as `daybook checkpoints ls`"],
          ["daybook checkpoints show a1b2c3d4/100", "one of them; a hash may be cut short where that names it"],
          ["daybook checkpoints diff a1b2c3d4 c3d4e5f6", "what differs between two hashes"],
          ["daybook checkpoints verify", "is every file as it was saved?"],
          ["daybook checkpoints prune --keep-last 3 --keep-best 2:loss --dry-run", "what would retention give up?"],
          ["daybook --json checkpoints ls --at 2h", "as it stood two hours ago, one JSON object per step"],
        ],
        "0 ok; 1 no such hash or checkpoint (CHECKPOINT_NOT_FOUND), faults, no daybook there, or a damaged one; 2 wrong usage",
      )),
};
