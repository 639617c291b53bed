import { readBook } from "../book.js";
import { helpText } from "../help.js";
import { printJsonLines } from "../output.js";
import { signingKeyOf } from "../signing-key.js";
import type { Verb } from "../verb.js";

/** `daybook head` */
export const headVerb: Verb = {
  name: "head",
  configure: (command) =>
    void command
      .description("print the end of the log as a proof, to be kept elsewhere; reads only")
      .option("--key <file>", "sign it with this private key (default: DAYBOOK_SIGNING_KEY)")
      .addHelpText("after", helpText(
        [
          ["daybook head > ~/heads/2026-11-27.json", "one JSON object: seq, time, digests of everything up to here"],
          ["daybook verify --since ~/heads/2026-11-27.json", "later: is all of that still there, unchanged?"],
          ["daybook --json head --key ~/keys/lab.pem | mail -s head auditor@example.org", "signed, and out of reach of whoever can write here"],
        ],
        "0 ok; 1 no daybook there, a damaged one, or a key that cannot be used; 2 wrong usage",
        "Kept where those who write the log cannot change it, a head proves that nothing before it was changed or cut off.",
      )),
  run: (context, command) =>
    readBook(context, async (book) => {
      const signingKey = signingKeyOf(command.opts<{ key?: string }>().key);
      await printJsonLines([await book.proof(signingKey === undefined ? {} : { signingKey })]);
      return 0;
    }),
};
