import { helpText } from "../help.js";
import type { VerbGroup } from "../verb.js";
import { evictVerb } from "../warm-starts/evict.js";
import { gcVerb } from "../warm-starts/gc.js";
import { lsVerb } from "../warm-starts/ls.js";
import { showVerb } from "../warm-starts/show.js";
import { verifyWarmStartsVerb } from "../warm-starts/verify.js";

/** `daybook warm-starts` */
export const warmStartsVerb: VerbGroup = {
  name: "warm-starts",
  verbs: [lsVerb, showVerb, evictVerb, gcVerb, verifyWarmStartsVerb],
  configure: (command) =>
    void command
      .description("list what fits may begin from, show how their objectives fell, and look after the files")
      .addHelpText("after", helpText(
        [
          ["daybook warm-starts", "all entries, as `daybook warm-starts ls`"],
          ["daybook warm-starts show 3f9a0c21", "one key, with the best objective over time; a key may be cut short where that names it"],
          ["daybook warm-starts evict --budget 500MiB --ttl 7d", "give up what is expired, then the oldest until the rest fits"],
          ["daybook warm-starts verify", "is every payload as it was saved?"],
          ["daybook --json warm-starts ls --at 2h", "as it stood two hours ago, one JSON object per entry"],
        ],
        "0 ok; 1 no such key (WARM_START_NOT_FOUND), faults, no daybook there, or a damaged one; 2 wrong usage",
      )),
};
