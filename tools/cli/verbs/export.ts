import * as fs from "node:fs";
import * as path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { InvalidArgumentError } from "commander";
import type { Daybook } from "../../../src/index.js";
import { readBook } from "../book.js";
import { cloudEvent } from "../cloud-event.js";
import { helpText } from "../help.js";
import { print } from "../output.js";
import type { Verb } from "../verb.js";

const formats = ["metadata", "ndjson", "cloudevents"] as const;
type Format = (typeof formats)[number];

/** `daybook export` */
export const exportVerb: Verb = {
  name: "export",
  asOf: true,
  configure: (command) =>
    void command
      .description("write the runs as a metadata.json, or all events as JSON lines")
      .requiredOption("--format <format>", `${formats.join(", ")}: the run ledger's file; events as in the log; events as CloudEvents 1.0`, readFormat)
      .argument("[file]", "where to; - or none is standard output")
      .addHelpText("after", helpText(
        [
          ["daybook export --format metadata metadata.json", "the runs in the Python run ledger's layout; a file with other runs is not overwritten"],
          ["daybook export --format ndjson events.ndjson", "every event, one JSON object per line; an earlier file is replaced once all is written"],
          ["daybook export --format cloudevents | jq -c 'select(.type == \"run.allocated\")'", "events for whoever speaks CloudEvents 1.0"],
        ],
        "0 ok; 1 the file could not be written, or holds what this daybook does not have, no daybook there, or a damaged one; 2 wrong usage",
        "--json changes nothing: all formats are JSON.",
      )),
  run: (context, command) => {
    const [file = "-"] = command.args;
    const { format } = command.opts<{ format: Format }>();
    return readBook(context, async (book) => {
      if (format === "metadata") await exportMetadata(book, file);
      else await exportEvents(book, file, format);
      return 0;
    });
  },
};

function readFormat(text: string): Format {
  const format = formats.find((one) => one === text);
  if (format === undefined) throw new InvalidArgumentError(`It must be one of ${formats.join(", ")}.`);
  return format;
}

async function exportMetadata(book: Daybook, file: string): Promise<void> {
  if (file !== "-") return void (await book.runs.materialize(file));
  const { metadataText } = await import("../../../src/index.js");
  // Its last line has no end, as in the original's file.
  await print(metadataText(await book.runs.list()));
}

async function exportEvents(book: Daybook, file: string, format: Exclude<Format, "metadata">): Promise<void> {
  const { stringify } = await import("ndjson");
  const { root } = JSON.parse(fs.readFileSync(path.join(book.root, "daybook.json"), "utf8")) as { root: string };
  const events = Readable.from(format === "ndjson" ? book.log.read() : cloudEvents(book, root));
  if (file === "-") return pipeline(events, stringify(), process.stdout, { end: false });
  const unfinished = `${file}.new`;
  try {
    await pipeline(events, stringify(), fs.createWriteStream(unfinished));
    fs.renameSync(unfinished, file);
  } catch (error) {
    fs.rmSync(unfinished, { force: true });
    throw error;
  }
}

async function* cloudEvents(book: Daybook, root: string): AsyncGenerator<object> {
  for await (const event of book.log.read()) yield cloudEvent(event, root);
}
