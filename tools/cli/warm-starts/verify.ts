import type { AsOf, Daybook } from "../../../src/index.js";
import type { WarmStartFileFault, WarmStartVerification } from "../../../src/warm-starts.js";
import { readBook } from "../book.js";
import { coloursOf } from "../colours.js";
import { helpText } from "../help.js";
import { print, printJsonLines } from "../output.js";
import { startProgress } from "../progress.js";
import { tableLines } from "../table.js";
import { bytes, clean, counted } from "../text.js";
import type { Context, Verb } from "../verb.js";
import { readWarmStarts, shortKey } from "./catalogue.js";
import { withStore } from "./store.js";

/** `daybook warm-starts verify` */
export const verifyWarmStartsVerb: Verb = {
  name: "verify",
  asOf: true,
  configure: (command) =>
    void command
      .description("read the payload of every entry, and compare size and SHA-256; reads only")
      .addHelpText("after", helpText(
        [
          ["daybook warm-starts verify", "is every payload as it was saved?"],
          ["daybook warm-starts verify --at 2026-11-21", "what there was then and is there still; how much of it was overwritten or given up since?"],
          ["daybook --json warm-starts verify | jq -c '.faults[]'", "the outcome as one JSON object"],
          ["daybook --root /mnt/disk/results warm-starts verify", "the same of a backup"],
        ],
        "0 every payload is as it was saved; 1 faults, no daybook there, or a damaged one; 2 wrong usage",
        "A payload that is not as it was saved is never loaded: whoever looks it up gives it up, and takes the next best.\nThe log itself is the matter of `daybook verify`.",
      )),
  run: (context) => {
    const { at, ...present } = context;
    // Files are those of now: what there was then is looked for among them.
    return readBook(present, async (book) => verify(context, book, at === undefined ? undefined : await book.at(at)));
  },
};

/** What was found; of a moment that is past, only of what there was then. */
interface Found extends WarmStartVerification {
  readonly ok: boolean;
  readonly asOf?: AsOf;
  /** Entries of then that are not there any more: overwritten, or given up. */
  readonly goneSince?: number;
}

async function verify(context: Context, book: Daybook, past: Daybook | undefined): Promise<number> {
  const progress = await startProgress("Checking", "bytes");
  const now = await withStore(book, (store) => store.verify({ onProgress: ({ bytes: done, totalBytes }) => progress.update(done, totalBytes) })).finally(() => progress.stop());
  const found = past?.asOf === undefined ? { ...now, ok: now.faults.length === 0 } : await foundOf(now, book, past, past.asOf);
  if (context.json) await printJsonLines([found]);
  else await print(`${(await verificationLines(found)).join("\n")}\n`);
  return found.ok ? 0 : 1;
}

/** No two payloads ever have the same path. */
async function foundOf(now: WarmStartVerification, book: Daybook, past: Daybook, asOf: AsOf): Promise<Found> {
  const [then, today] = [await readWarmStarts(past), await readWarmStarts(book)];
  const paths = new Set(then.entries.map(({ file }) => file.path));
  const still = today.entries.filter(({ file }) => paths.has(file.path));
  const faults = now.faults.filter(({ path }) => paths.has(path));
  return { ...now, ok: faults.length === 0, faults, asOf, goneSince: then.entries.length - still.length };
}

async function verificationLines({ ok, entries, bytes: read, faults, orphans, foreign, asOf, goneSince = 0 }: Found): Promise<string[]> {
  const { green, red, yellow } = coloursOf();
  const notes = [
    ...(goneSince === 0 ? [] : [`${counted(goneSince, "entry", "entries")} of then ${goneSince === 1 ? "was" : "were"} overwritten or given up since`]),
    ...(orphans.length === 0 ? [] : [`${counted(orphans.length, "file")} that no entry names; \`daybook warm-starts gc\` clears them away`]),
    ...(foreign.length === 0 ? [] : [`${counted(foreign.length, "file")} below warm-starts/ that are not daybook's own`]),
  ].map((note) => yellow(`note: ${note}`));
  const extent = `${counted(entries, "entry", "entries")} (${bytes(read)} read)${asOf === undefined ? "" : `; of them only what there was at seq ${asOf.seq} counts`}`;
  if (ok) return [`${green("ok")}: ${extent}`, ...notes];
  return [...(await faultTable(faults)), `${red(counted(faults.length, "fault"))} in ${extent}`, ...notes];
}

function faultTable(faults: readonly WarmStartFileFault[]): Promise<string[]> {
  const { bold, red } = coloursOf();
  const keys = [...new Set(faults.map(({ key }) => key))];
  const heads = [{ head: "key", whole: true }, { head: "run" }, { head: "file" }, { head: "problem" }];
  return tableLines(heads.map((column) => ({ ...column, head: bold(column.head) })), faults.map(({ key, run, path, problem }) => [shortKey(key, keys), clean(run), clean(path), red(clean(problem))]));
}
