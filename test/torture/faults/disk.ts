import type { DaybookSystem } from "../../../src/engine-core.js";
import { faultyFiles } from "../../support/faulty-files.js";
import type { Fault, FileCall } from "../../support/faulty-files.js";
import { unsyncedFiles } from "../data/unsynced.js";

export type Plan = (call: FileCall, index: number, args: readonly unknown[]) => Fault;

/** A disk that fails as planned, and counts the descriptors that are open on it. */
export class Disk {
  readonly system: DaybookSystem;
  readonly calls: FileCall[];
  /** Changed while it is in use: a disk can be repaired, or freed. */
  plan: Plan;
  readonly #open = new Map<number, string>();

  constructor(plan: Plan = () => undefined) {
    this.plan = plan;
    const counted = {
      ...unsyncedFiles,
      openSync: ((path: string, ...more: [number | string, number?]) => {
        const fd = unsyncedFiles.openSync(path, ...more);
        this.#open.set(fd, path);
        return fd;
      }) as typeof unsyncedFiles.openSync,
      closeSync: (fd: number) => {
        this.#open.delete(fd);
        unsyncedFiles.closeSync(fd);
      },
    };
    const { files, calls } = faultyFiles((call, index, args) => this.plan(call, index, args), counted);
    this.system = { files };
    this.calls = calls;
  }

  /** Paths of the descriptors that nobody has closed. */
  get leaked(): string[] {
    return [...this.#open.values()];
  }
}

const changing: ReadonlySet<FileCall> = new Set(["writeSync", "ftruncateSync", "mkdirSync", "renameSync", "linkSync", "fsyncSync", "fdatasyncSync", "fdatasync"]);

/** What can go wrong at a call of that name. A disk can only be full where something is made or written. */
export function faultsOf(call: FileCall): Fault[] {
  const faults: Fault[] = [{ error: "EIO" }];
  if (changing.has(call)) faults.push({ error: "ENOSPC" }, { error: "EDQUOT" });
  if (call === "openSync") faults.push({ error: "EMFILE" }, { error: "ENOSPC" });
  if (call === "writeSync") faults.push({ short: 1 }, { short: 40 }, { error: "ENOSPC", short: 40 }, { error: "EIO", short: 1 }, { error: "EINTR" });
  if (call === "readSync") faults.push({ short: 1 }, { short: 40 }, { error: "EINTR" });
  return faults;
}

/** A fault that must not be seen: the work is repeated, or goes on where it stopped. */
export const isHarmless = (fault: Fault): boolean => fault === undefined || fault.error === undefined || fault.error === "EINTR";

/** True for a call that needs room on the disk. */
export function needsRoom(call: FileCall, args: readonly unknown[]): boolean {
  if (call === "openSync") return typeof args[1] === "string" ? args[1] !== "r" && args[1] !== "r+" : typeof args[1] === "number" && (args[1] & 0o100) !== 0;
  return call === "writeSync" || call === "mkdirSync" || call === "renameSync" || call === "linkSync";
}
