import { Option } from "commander";
import type { Codec, CompressReport, Daybook } from "../../../src/index.js";
import { readBook, writeBook } from "../book.js";
import { coloursOf } from "../colours.js";
import { helpText } from "../help.js";
import { wholeNumber } from "../numbers.js";
import { print, printJsonLines } from "../output.js";
import { startProgress } from "../progress.js";
import { tableLines } from "../table.js";
import { bytes, counted } from "../text.js";
import type { Verb } from "../verb.js";

interface CompressFlags {
  readonly codec?: Codec;
  readonly keep?: number;
  readonly dryRun?: boolean;
  readonly undo?: boolean;
}

/** `daybook compress` */
export const compressVerb: Verb = {
  name: "compress",
  configure: (command) =>
    void command
      .description("compress sealed segments; everything reads them as before")
      .addOption(new Option("--codec <codec>", "gzip: quick to look something up in; brotli: smaller (default: gzip)").choices(["gzip", "brotli"]))
      .addOption(new Option("--keep <n>", "leave so many of the newest sealed segments alone (default: 1)").argParser(wholeNumber(0)))
      .option("--dry-run", "only say which segments it would be")
      .addOption(new Option("--undo", "make plain files of all compressed segments again").conflicts(["codec", "keep"]))
      .addHelpText("after", helpText(
        [
          ["daybook compress", "all sealed segments but the newest; may run beside whoever reads and appends"],
          ["daybook compress --codec brotli --keep 10 --dry-run", "which would it be?"],
          ["zcat results/log/00000000000000000001.ndjson.gz | sha256sum", "the digest of its line in results/log/manifest.ndjson"],
          ["daybook compress --undo", "decompress them again"],
        ],
        "0 ok; 1 no daybook there, or a damaged one, or no room; 2 wrong usage",
      )),
  run: (context, command) => {
    const flags = command.opts<CompressFlags>();
    const work = async (book: Daybook): Promise<number> => {
      const report = await convert(book, flags);
      if (context.json) await printJsonLines(report.segments);
      else await print(`${(await reportLines(report, flags.undo === true)).join("\n")}\n`);
      return 0;
    };
    return flags.dryRun === true ? readBook(context, work) : writeBook(context.root, work);
  },
};

async function convert(book: Daybook, { undo = false, dryRun = false, codec, keep }: CompressFlags): Promise<CompressReport> {
  const progress = await startProgress(undo ? "Decompressing" : "Compressing", "bytes");
  const options = { dryRun, onProgress: (at: { readonly bytes: number; readonly totalBytes: number }) => progress.update(at.bytes, at.totalBytes) };
  try {
    if (undo) return await book.decompress(options);
    return await book.compress({ ...options, ...(codec === undefined ? {} : { codec }), ...(keep === undefined ? {} : { keep }) });
  } finally {
    progress.stop();
  }
}

async function reportLines({ segments, dryRun }: CompressReport, undo: boolean): Promise<string[]> {
  if (segments.length === 0) return [undo ? "no segment is compressed" : "there is nothing to compress: only sealed segments are, and the newest stay plain (--keep)"];
  const colours = coloursOf();
  const right = { align: "right" as const };
  const made = segments.every(({ compressedBytes }) => compressedBytes !== undefined);
  const columns = [{ head: "segment" }, { head: "plain", ...right }, ...(made ? [{ head: "compressed", ...right }, { head: "", ...right }] : [])];
  const rows = segments.map(({ segment, bytes: plain, compressedBytes = 0 }) => [segment, bytes(plain), ...(made ? [bytes(compressedBytes), share(compressedBytes, plain)] : [])]);
  const [plain, compressed] = [segments.reduce((sum, one) => sum + one.bytes, 0), segments.reduce((sum, one) => sum + (one.compressedBytes ?? 0), 0)];
  const what = `${counted(segments.length, "segment")}${dryRun ? " would be" : ""} ${undo ? "decompressed" : "compressed"}`;
  const sizes = made ? (undo ? `${bytes(compressed)} -> ${bytes(plain)}` : `${bytes(plain)} -> ${bytes(compressed)} (${share(compressed, plain)})`) : bytes(plain);
  return [...(await tableLines(columns.map((column) => ({ ...column, head: colours.bold(column.head) })), rows)), `${dryRun ? "" : `${colours.green("ok")}: `}${what}: ${sizes}`];
}

const share = (part: number, whole: number): string => `${Math.round((part / Math.max(1, whole)) * 100)} %`;
