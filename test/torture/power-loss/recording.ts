import { readFileSync } from "node:fs";

/**
 * What a call did, or what a program was told. Paths are relative to the folder under which everything happens; files are named by their
 * inode, whose number may be used again after an unlink: a `create` begins a new file.
 */
export type Deed =
  | { readonly do: "create"; readonly path: string; readonly ino: number }
  /** A file that was there already: whose inode it is. */
  | { readonly do: "open"; readonly path: string; readonly ino: number }
  | { readonly do: "write"; readonly ino: number; readonly at: number; readonly bytes: string }
  | { readonly do: "truncate"; readonly ino: number; readonly size: number }
  | { readonly do: "sync"; readonly ino: number }
  | { readonly do: "make-folder"; readonly path: string }
  | { readonly do: "rename"; readonly from: string; readonly to: string; readonly ino: number }
  | { readonly do: "link"; readonly to: string; readonly ino: number }
  | { readonly do: "unlink"; readonly path: string; readonly ino: number }
  | { readonly do: "sync-folder"; readonly path: string }
  /** Everything up to `seq` was promised to be durable. */
  | { readonly do: "promise"; readonly seq: number; readonly why: string }
  | { readonly do: "promise-uid"; readonly uid: string };

/** A deed with the time in which it happened: nanoseconds of the clock that all processes of a machine share. */
export type Recorded = Deed & { readonly start: number; readonly end: number; readonly by: string };

/** Reads what processes have recorded, in the order in which it began. */
export function mergeRecordings(files: readonly string[]): Recorded[] {
  return files
    .flatMap((file) => readFileSync(file, "utf8").split("\n").filter((line) => line !== ""))
    .map((line) => JSON.parse(line) as Recorded)
    .sort((a, b) => a.start - b.start || a.end - b.end);
}
