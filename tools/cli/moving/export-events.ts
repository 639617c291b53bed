import * as fs from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Daybook, ExportOptions } from "../../../src/index.js";
import { CliFault, messageOf } from "../errors.js";
import { startProgress } from "../progress.js";

/** Writes events to a file, or to standard output, no faster than they are taken. An earlier file is replaced once all is written and on the disk. */
export async function exportEvents(book: Daybook, file: string, options: ExportOptions): Promise<void> {
  const { stringify } = await import("ndjson");
  const progress = await startProgress("Exporting", "events");
  try {
    const events = Readable.from(book.export({ ...options, onProgress: ({ events, total }) => progress.update(events, total) }));
    if (file === "-") return await pipeline(events, stringify(), process.stdout, { end: false });
    const unfinished = `${file}.new`;
    const discard = (): void => fs.rmSync(unfinished, { force: true });
    // Ctrl-C ends the process.
    process.once("exit", discard);
    try {
      await pipeline(events, stringify(), fs.createWriteStream(unfinished, { flush: true }));
      fs.renameSync(unfinished, file);
    } catch (error) {
      discard();
      throw error instanceof Error && "syscall" in error ? new CliFault("WRITE_FAILED", `${file} cannot be written: ${messageOf(error)}`) : error;
    } finally {
      process.off("exit", discard);
    }
  } finally {
    progress.stop();
  }
}
