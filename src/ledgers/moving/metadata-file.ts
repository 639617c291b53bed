import * as fs from "node:fs";
import { mkdir, open, readFile, rename, unlink } from "node:fs/promises";
import * as path from "node:path";
import { InvalidOptionError, isDaybookError, MetadataForeignError, preview, WriteFailedError } from "../../base/errors.js";
import { FileLock } from "../../log/file-lock.js";
import type { Rows } from "../../projections/projection.js";
import type { RunRow } from "../../projections/views/run-row.js";
import { decideImport } from "./decide-import.js";
import { fingerprint, fingerprintAt, isForeignLock, readMark, writeMark } from "./metadata-mark.js";
import { MetadataWriter } from "./metadata-text.js";
import { readMetadataFrom } from "./read-metadata.js";

/** Gives the rows of the run view, caught up with everything that anybody has appended. */
export type CaughtUpRuns = () => Promise<Rows<RunRow>>;

/** Whether a file is as the runs are now. `busy`: somebody else is about to write it. */
export type Written = "written" | "unchanged" | "busy";

/**
 * The run view as a `metadata.json`. It is replaced as a whole, by renaming, so that whoever reads it reads one state of the log. Processes
 * take turns by a lock of its own, and whoever has it catches up before it writes: so no state follows a later one. The lock
 * is the one that the original takes, `metadata.lock` beside the file, so that the two never change it at the same time. In it stands what was
 * written last: a file that is not that is looked into, and replaced only if the daybook has all that is in it.
 */
export class MetadataFile {
  readonly path: string;
  readonly #root: string;
  readonly #lock: FileLock;
  readonly #writer = new MetadataWriter();

  /** `root` is the daybook's folder. @throws InvalidOptionError for a path among the log's own files */
  constructor(file: string, root: string) {
    this.path = realPath(path.resolve(file));
    this.#root = realPath(root);
    const [folder = ""] = path.relative(this.#root, this.path).split(path.sep);
    if (ownFolders.has(folder)) throw new InvalidOptionError("path", `is ${preview(file)}, where daybook keeps files of its own; name another place`);
    this.#lock = new FileLock(lockPathOf(this.path), true);
  }

  /** @throws MetadataForeignError when what is there cannot be replaced without losing something */
  async check(runs: CaughtUpRuns): Promise<void> {
    if (isForeignLock(this.#lock.path)) throw new MetadataForeignError(this.#lock.path, `the lock of ${this.path} is called so, but this file holds something else`);
    const there = fingerprintAt(this.path);
    if (there === undefined || this.#isMarked(there)) return;
    // Read before the log: whatever another process of daybook wrote by then, the log has.
    const content = await readFile(this.path, "utf8");
    const problem = missingFrom(await runs(), content, this.path);
    if (problem !== undefined) throw new MetadataForeignError(this.path, problem);
  }

  /**
   * Brings the file up to date. Waits so long for its turn; not at all with 0.
   * @throws MetadataForeignError @throws LockTimeoutError @throws WriteFailedError; the file is as it was then
   */
  async write(runs: CaughtUpRuns, waitMs: number): Promise<Written> {
    try {
      await mkdir(path.dirname(this.path), { recursive: true });
      if (!this.#lock.tryAcquire("exclusive")) {
        if (waitMs === 0) return "busy";
        if (!(await this.#lock.wait("exclusive", { timeoutMs: waitMs, eager: false }))) throw this.#lock.timedOut(waitMs);
      }
    } catch (error) {
      throw this.#failure(error);
    }
    try {
      return await this.#writeLocked(runs);
    } catch (error) {
      throw this.#failure(error);
    } finally {
      this.#lock.release();
    }
  }

  close(): void {
    this.#lock.close();
  }

  async #writeLocked(caughtUp: CaughtUpRuns): Promise<Written> {
    await this.check(caughtUp);
    const rows = new Map((await caughtUp()).entries());
    let seq = 0;
    for (const { changedSeq } of rows.values()) seq = Math.max(seq, changedSeq);
    const before = fingerprintAt(this.path);
    const mark = readMark(this.#lock.path);
    // By another process, as of the very same state.
    if (before !== undefined && mark?.root === this.#root && mark.seq === seq && mark.files.at(-1) === before) return "unchanged";
    const after = await writeAside(`${this.path}.new`, this.#writer.chunks(rows));
    writeMark(this.#lock.path, { root: this.#root, seq, files: [...(before === undefined ? [] : [before]), after] });
    await rename(`${this.path}.new`, this.path);
    return "written";
  }

  #isMarked(there: string): boolean {
    const mark = readMark(this.#lock.path);
    return mark?.root === this.#root && mark.files.includes(there);
  }

  #failure(error: unknown): unknown {
    // The lock speaks of the log; here it is another file's.
    const reason = isDaybookError(error, "WRITE_FAILED") ? error.cause : error;
    return isDaybookError(reason) || !isSystem(reason) ? reason : new WriteFailedError(`${this.path} could not be written`, reason);
  }
}

/** Below the root. A stray file there would count as one of the log's. */
const ownFolders: ReadonlySet<string> = new Set(["log", "quarantine", "snapshots", "index"]);

/** As the original names it: the lock takes the place of the ending. */
export function lockPathOf(file: string): string {
  const { dir, name, ext } = path.parse(file);
  return ext === ".lock" ? `${file}.lock` : path.join(dir, `${name}.lock`);
}

/** Writes a file and its content to the disk: a power cut must not leave a name without content. */
async function writeAside(file: string, text: Iterable<string>): Promise<string> {
  // A new file, whatever stands there: through a link, another file would be written over.
  await unlink(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  const handle = await open(file, "wx");
  try {
    // Each part waits for the write of the one before: others get their turn.
    for (const part of text) await handle.appendFile(part, "utf8");
    await handle.datasync();
    return fingerprint(await handle.stat({ bigint: true }));
  } finally {
    await handle.close();
  }
}

/** What a file has that the daybook has not, in words; undefined when there is nothing. */
function missingFrom(runs: Rows<RunRow>, content: string, name: string): string | undefined {
  let metadata;
  try {
    metadata = readMetadataFrom(content, { name, naiveTimes: "unknown" });
  } catch (error) {
    if (isDaybookError(error, "METADATA_UNREADABLE")) return error.message;
    throw error;
  }
  const { runs: missing, grown, skipped } = decideImport({ runs }, metadata.runs, "import:check");
  const [first] = [...metadata.skipped, ...skipped];
  if (first !== undefined) return `${first.place} ${first.why}`;
  return missing + grown === 0 ? undefined : `${missing + grown} of its runs ${missing + grown === 1 ? "is" : "are"} not in the daybook, or not as far as there`;
}

/** A link stays one: what it points to is replaced. */
function realPath(file: string): string {
  try {
    return fs.realpathSync(file);
  } catch {
    return file;
  }
}

const isSystem = (error: unknown): boolean => error instanceof Error && "code" in error && typeof error.code === "string";
