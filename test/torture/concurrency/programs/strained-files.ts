import { nodeFileSystem } from "../../../../src/log/file-system.js";
import type { LogFileSystem } from "../../../../src/log/file-system.js";
import type { KillAtCall } from "../plan.js";
import type { Random } from "../random.js";

/** Calls that change something, or promise that it lasts. */
const changing = ["fdatasyncSync", "fsyncSync", "fdatasync", "ftruncateSync", "renameSync", "linkSync", "unlinkSync", "mkdirSync"] as const;
const commitStart = Buffer.from('{"seq":');
const longestPauseMs = 4;

/** What the file system of a client does to it. */
export interface Strain {
  /** The process kills itself at one of its calls, with whatever lock it holds. */
  readonly killAtCall: KillAtCall | undefined;
  /** Commits are written in two parts with a pause between them, as if the writer had lost its processor: half of them is there to be seen. */
  readonly slowWrites: boolean;
}

/** The real file system, under strain. */
export function strainedFiles({ killAtCall, slowWrites }: Strain, random: Random): LogFileSystem {
  let left = killAtCall?.nth ?? Infinity;
  const dies = (kind: "commits" | "all"): boolean => (kind === "commits" || killAtCall?.calls === "all") && (left -= 1) <= 0;
  const guarded = Object.fromEntries(
    changing.map((name) => {
      const real = nodeFileSystem[name].bind(nodeFileSystem) as (...all: unknown[]) => unknown;
      const call = (...args: unknown[]): unknown => {
        if (!dies("all")) return real(...args);
        if (killAtCall?.when === "after") real(...args);
        return die();
      };
      return [name, call];
    }),
  );
  const writeSync: LogFileSystem["writeSync"] = (fd, buffer, offset, length, position) => {
    const write = (bytes: number): number => nodeFileSystem.writeSync(fd, buffer, offset, bytes, position);
    const commit = buffer.subarray(offset, offset + commitStart.length).equals(commitStart);
    if (dies(commit ? "commits" : "all")) return dieWriting(killAtCall?.when ?? "before", write, buffer, offset, length, random);
    if (!slowWrites || !commit || length < 2) return write(length);
    // A short write, which the log has to go on with.
    const written = write(random.whole(1, length - 1));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, random.whole(0, longestPauseMs));
    return written;
  };
  return { ...nodeFileSystem, ...guarded, writeSync };
}

function dieWriting(when: KillAtCall["when"], write: (bytes: number) => number, buffer: Buffer, offset: number, length: number, random: Random): never {
  switch (when) {
    case "before":
      break;
    case "half":
      write(random.whole(1, Math.max(1, length - 1)));
      break;
    case "garbled":
      // Still lines of JSON, closed as a commit is: only the hash tells.
      garble(buffer, offset + random.whole(0, length - 1), offset + length);
      write(length);
      break;
    case "after":
      write(length);
      break;
  }
  return die();
}

/** Exchanges one letter of a value, the first behind a place that can be. */
function garble(buffer: Buffer, from: number, to: number): void {
  const at = [...buffer.subarray(from, to)].findIndex((byte) => byte >= 0x61 && byte <= 0x79);
  if (at !== -1) buffer[from + at] = (buffer[from + at] as number) + 1;
}

function die(): never {
  process.kill(process.pid, "SIGKILL");
  for (;;) {
    // The signal is delivered before the call above returns; nothing may go on if it ever were not.
  }
}
