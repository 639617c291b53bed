import { nodeFileSystem } from "../../../../src/log/file-system.js";
import type { LogFileSystem } from "../../../../src/log/file-system.js";
import type { KillAtCall } from "../plan.js";
import type { Random } from "../random.js";

/** Calls that change something, or promise that it lasts. */
const changing = ["writeSync", "fdatasyncSync", "fsyncSync", "fdatasync", "ftruncateSync", "renameSync", "linkSync", "unlinkSync", "mkdirSync"] as const;

/** The real file system of a process that kills itself at one of its calls, with whatever lock it holds. */
export function killingFiles({ calls, nth, when }: KillAtCall, random: Random): LogFileSystem {
  let left = nth;
  const guarded = Object.fromEntries(
    changing.map((name) => {
      const real = nodeFileSystem[name].bind(nodeFileSystem) as (...all: unknown[]) => unknown;
      const call = (...args: unknown[]): unknown => {
        const counts = calls === "all" || name === "writeSync";
        if (!counts || (left -= 1) > 0) return real(...args);
        if (when === "half" && name === "writeSync") {
          const [fd, buffer, offset, length, position] = args as [number, Buffer, number, number, number];
          nodeFileSystem.writeSync(fd, buffer, offset, random.whole(1, Math.max(1, length - 1)), position);
        }
        if (when === "after") real(...args);
        return die();
      };
      return [name, call];
    }),
  );
  return { ...nodeFileSystem, ...guarded };
}

function die(): never {
  process.kill(process.pid, "SIGKILL");
  for (;;) {
    // The signal is delivered before the call above returns; nothing may go on if it ever were not.
  }
}
