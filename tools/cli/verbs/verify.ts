import type { LogFault, Verification } from "../../../src/index.js";
import { requireRoot } from "../book.js";
import { coloursOf } from "../colours.js";
import { CliFault } from "../errors.js";
import { helpText } from "../help.js";
import { print, printJsonLines } from "../output.js";
import { startProgress } from "../progress.js";
import { tableLines } from "../table.js";
import { bytes, clean, counted, localTime } from "../text.js";
import type { Verb } from "../verb.js";

/** `daybook verify` */
export const verifyVerb: Verb = {
  name: "verify",
  configure: (command) =>
    void command
      .description("check the log against its hashes, and list every fault; reads only")
      .option("--full", "read every byte; default: the manifest's chain, sizes and headers, and all of what is not sealed")
      .option("--key <file>", "ask for signatures of this key over all that is sealed, and hold the segments against what was signed")
      .option("--since <head-file>", "ask for everything up to a saved head, unchanged (`daybook head`)")
      .addHelpText("after", helpText(
        [
          ["daybook verify", "the quick check"],
          ["daybook verify --full", "every byte against its hash: for backups, and after trouble"],
          ["daybook verify --key lab.pem.pub", "has anybody without the key rewritten what is sealed?"],
          ["daybook verify --since head.json --key lab.pem.pub", "is all there that was there when the head was saved and signed?"],
          ["daybook --json verify --full | jq '.faults[]'", "the outcome as one JSON object"],
        ],
        "0 every checked byte is as it was written; 1 faults, no daybook there, or a key or head that cannot be read; 2 wrong usage",
        "What each of these finds, and what none can find, is in docs/audit.md.",
      )),
  run: async (context, command) => {
    const { full = false, ...against } = command.opts<VerifyFlags>();
    const found = await verifyRoot(context.root, { full, ...against });
    if (context.json) await printJsonLines([found]);
    else await print(`${(await verificationLines(found, full || found.signed !== undefined)).join("\n")}\n`);
    return found.ok ? 0 : 1;
  },
};

interface VerifyFlags {
  readonly full?: boolean;
  readonly key?: string;
  readonly since?: string;
}

async function verifyRoot(root: string, flags: VerifyFlags): Promise<Verification> {
  try {
    requireRoot(root);
    const { openDaybook } = await import("../../../src/index.js");
    await using book = await openDaybook(root, { readOnly: true });
    const progress = await startProgress("Verifying", "bytes");
    try {
      return await book.verify({ ...flags, onProgress: (at) => progress.update(at.bytes, at.totalBytes) });
    } finally {
      progress.stop();
    }
  } catch (error) {
    // What cannot even be opened is what this verb is for.
    const fault = faultOf(error);
    if (fault === undefined) throw error;
    return { ok: false, events: 0, segments: 0, bytes: 0, faults: [fault], notes: ["the daybook could not be opened for reading: nothing behind this fault was checked"] };
  }
}

function faultOf(error: unknown): LogFault | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  const { message } = error;
  const { segment = "daybook.json", offset = 0, seq = 0, file } = error as Partial<LogFault> & { readonly file?: string };
  if (error.code === "FORMAT_TOO_NEW") return { kind: file === undefined || file === "daybook.json" ? "root" : "header", segment: file ?? segment, offset, seq, message };
  if (error.code !== "LOG_CORRUPT") return undefined;
  return { kind: error instanceof CliFault || segment === "daybook.json" ? "root" : "header", segment, offset, seq, message };
}

/** What was proven besides: nothing of it counts where there are faults. */
function provenLines({ signed, since }: Verification): string[] {
  const lines = [];
  if (signed !== undefined) lines.push(`signed: ${signed.key} vouches for everything up to seq ${signed.to}`);
  if (since !== undefined) lines.push(`since: everything up to seq ${since.seq}${since.time === null ? "" : ` (${localTime(since.time)})`} is there, unchanged`);
  return lines;
}

async function verificationLines(found: Verification, whole: boolean): Promise<string[]> {
  const colours = coloursOf();
  const notes = found.notes.map((note) => colours.yellow(`note: ${clean(note)}`));
  const extent = `${counted(found.events, "event")} in ${counted(found.segments, "segment")}`;
  if (found.ok) return [`${colours.green("ok")}: ${extent} (${bytes(found.bytes)} read${whole ? "" : "; --full reads every byte of sealed segments too"})`, ...provenLines(found), ...notes];
  const columns = [{ head: "kind" }, { head: "file" }, { head: "byte", align: "right" as const }, { head: "seq", align: "right" as const }, { head: "message" }];
  const rows = found.faults.map(({ kind, segment, offset, seq, message }) => [colours.red(kind), clean(segment), String(offset), String(seq), clean(message)]);
  const table = await tableLines(columns.map((column) => ({ ...column, head: colours.bold(column.head) })), rows);
  return [...table, `${colours.red(counted(found.faults.length, "fault"))}; ${extent} are good`, ...notes];
}
