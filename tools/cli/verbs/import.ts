import { InvalidArgumentError } from "commander";
import { UsageError } from "../errors.js";
import { helpText } from "../help.js";
import { importEvents } from "../moving/import-events.js";
import { importMetadata } from "../moving/import-metadata.js";
import type { MetadataFlags } from "../moving/import-metadata.js";
import { importFormats, openInput, textOf } from "../moving/open-input.js";
import type { ImportFormat } from "../moving/open-input.js";
import type { Verb } from "../verb.js";

interface ImportFlags extends MetadataFlags {
  readonly format?: ImportFormat;
  readonly source?: string;
}

/** `daybook import` */
export const importVerb: Verb = {
  name: "import",
  configure: (command) =>
    void command
      .description("take over events of another daybook, CloudEvents, or the runs of a Python run ledger's metadata.json")
      .argument("<file>", "events, one JSON object per line, or a metadata.json; - is standard input")
      .option("--format <format>", `${importFormats.join(", ")} (default: what the first line looks like)`, readFormat)
      .option("--source <root-id>", "events: the root of lines that do not say theirs, such as those of `daybook log --json`")
      .option("--time-zone <zone>", "metadata: of its times, which have none: Europe/Berlin, +02:00 (default: this machine's)")
      .option("--relpath <path>", "metadata: put everything below this relpath")
      .option("--dry-run", "metadata: only say what would be done, and write nothing")
      .addHelpText("after", helpText(
        [
          ["daybook import events.ndjson", "what `daybook export` wrote, of either format; repeated, also after a Ctrl-C, it adds nothing twice"],
          ["ssh gpu daybook export --format ndjson | daybook import -", "bring the runs of another machine here"],
          ["daybook import old/metadata.json --dry-run", "what would come, and what cannot be taken"],
          ["daybook import old/metadata.json --time-zone Europe/Berlin", "take it; repeated later, it adds what is new, and nothing twice"],
          ["daybook --json import events.ndjson | jq '.skipped[]'", "the report as one JSON object, with what was not taken"],
        ],
        "0 all of it is here now; 1 something could not be taken (the rest was), or it is no such file; 2 wrong usage",
        `Events keep their stream, type, data and participant; seqs are new. A stream that is here, and did not come from there, is left as it is and
reported. Runs keep their numbers (007 of a metadata.json becomes 0007); one that is here under the same number, and is another one, likewise.`,
      )),
  run: async (context, command) => {
    const [file = "-"] = command.args;
    const { format, source, ...flags } = command.opts<ImportFlags>();
    const input = await openInput(file, format);
    if (input.format === "metadata") {
      if (source !== undefined) throw new UsageError(`--source is for events, and ${input.name} is taken for a metadata.json; --format says otherwise`);
      try {
        return await importMetadata(context, { name: input.name, text: await textOf(input) }, flags);
      } catch (error) {
        // It was a guess.
        if (format === undefined && error instanceof Error && "code" in error && error.code === "METADATA_UNREADABLE") error.message += ", and its first line is no event either; --format says what it should be";
        throw error;
      }
    }
    const stray = (["timeZone", "relpath", "dryRun"] as const).find((name) => flags[name] !== undefined);
    if (stray !== undefined) throw new UsageError(`--${stray.replace(/[A-Z]/g, (one) => `-${one.toLowerCase()}`)} is for a metadata.json, and ${input.name} holds events`);
    return importEvents(context, input, format === "metadata" ? undefined : format, source);
  },
};

function readFormat(text: string): ImportFormat {
  const format = importFormats.find((one) => one === text);
  if (format === undefined) throw new InvalidArgumentError(`It must be one of ${importFormats.join(", ")}.`);
  return format;
}
