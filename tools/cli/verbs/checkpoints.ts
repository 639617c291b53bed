import { lsVerb } from "../checkpoints/ls.js";
import { showVerb } from "../checkpoints/show.js";
import { helpText } from "../help.js";
import type { VerbGroup } from "../verb.js";

/** `daybook checkpoints` */
export const checkpointsVerb: VerbGroup = {
  name: "checkpoints",
  verbs: [lsVerb, showVerb],
  configure: (command) => void command.description("checkpoints").addHelpText("after", helpText([["daybook checkpoints", "x"]], "0")),
};
