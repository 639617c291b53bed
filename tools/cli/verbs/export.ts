import { InvalidArgumentError } from "commander";
import type { Daybook, ExportOptions } from "../../../src/index.js";
import { readBook } from "../book.js";
import { UsageError } from "../errors.js";
import { helpText } from "../help.js";
import { momentOf } from "../moments.js";
import { exportEvents } from "../moving/export-events.js";
import { print } from "../output.js";
import type { Verb } from "../verb.js";

const formats = ["metadata", "ndjson", "cloudevents"] as const;
type Format = (typeof formats)[number];

interface ExportFlags {
  readonly format: Format;
  readonly from?: string;
  readonly to?: string;
  readonly types?: string;
  readonly stream?: string;
}

/** Which events, as it was typed. */
type Selection = { readonly [Field in "from" | "to" | "types" | "stream"]: string | undefined };

/** `daybook export` */
export const exportVerb: Verb = {
  name: "export",
  asOf: true,
  configure: (command) =>
    void command
      .description("write events as JSON lines or CloudEvents, all or some; or the runs as a metadata.json")
      .requiredOption("--format <format>", `${formats.join(", ")}: the run ledger's file; events as in the log; events as CloudEvents 1.0`, readFormat)
      .argument("[file]", "where to; - or none is standard output")
      .option("--from <moment>", "events from this seq or time on: 1200, 2026-11-21, 2026-11-21T23:04Z, 2h (ago), head")
      .option("--to <moment>", "events up to this seq or time, inclusive")
      .option("--types <types>", "only events of these types: run.allocated,run.status-changed")
      .option("--stream <stream>", "only events of this stream and everything below it, such as run/train")
      .addHelpText("after", helpText(
        [
          ["daybook export --format metadata metadata.json", "the runs in the Python run ledger's layout; a file with other runs is not overwritten"],
          ["daybook export --format ndjson events.ndjson", "every event, one JSON object per line; an earlier file is replaced once all is written"],
          ["daybook export --format ndjson --stream run/train --from 2026-11-01 train.ndjson", "a part of them; `daybook import` takes it"],
          ["daybook export --format cloudevents | jq -c 'select(.type == \"run.allocated\")'", "events for whoever speaks CloudEvents 1.0"],
        ],
        "0 ok; 1 the file could not be written, or holds what this daybook does not have, no daybook there, or a damaged one, a moment it has not come to; 2 wrong usage",
        "--json changes nothing: all formats are JSON.",
      )),
  run: (context, command) => {
    const [file = "-"] = command.args;
    const { format, from, to, types, stream } = command.opts<ExportFlags>();
    const selection = { from, to, types, stream };
    const stray = Object.entries(selection).find(([, value]) => value !== undefined)?.[0];
    if (format === "metadata" && stray !== undefined) throw new UsageError(`--${stray} is for events; --format metadata writes all runs`);
    return readBook(context, async (book) => {
      if (format === "metadata") await exportMetadata(book, file);
      else await exportEvents(book, file, { ...(await selected(book, selection)), format });
      return 0;
    });
  },
};

/** Which events were asked for. @throws UsageError */
async function selected(book: Daybook, { from, to, types, stream }: Selection): Promise<ExportOptions> {
  return {
    ...(from === undefined ? {} : { from: await momentOf(book, "--from", from) }),
    ...(to === undefined ? {} : { to: await momentOf(book, "--to", to) }),
    ...(types === undefined ? {} : { types: types.split(",").map((type) => type.trim()) }),
    ...(stream === undefined ? {} : { stream }),
  };
}

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
