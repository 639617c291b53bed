import * as fs from "node:fs";
import * as os from "node:os";
import type { Observer, ProcessSight } from "./liveness.js";

/** What tells one process from every other one, also after its pid was given out again. */
export interface ProcessIdentity {
  readonly host: string;
  /** Changes with every boot. */
  readonly boot: string;
  /** Pids mean something only inside their namespace: a container has its own. */
  readonly pidNamespace: string;
  readonly pid: number;
  /** When the process started: clock ticks since boot on Linux, `""` where the system does not tell. */
  readonly processStart: string;
}

/** When a process of this machine started, as {@link ProcessIdentity} has it; `""` when there is none, or the system does not tell. */
export const processStartOf = (pid: number): string => startOf(pid)?.start ?? "";

let self: ProcessIdentity | undefined;

/** This process. */
export function thisProcess(): ProcessIdentity {
  self ??= {
    host: os.hostname(),
    boot: readText("/proc/sys/kernel/random/boot_id") ?? "",
    pidNamespace: readLink("/proc/self/ns/pid") ?? "",
    pid: process.pid,
    processStart: processStartOf(process.pid),
  };
  return self;
}

/** An observer at a moment that is past: no process can be seen from there, only heartbeats tell. */
export const observerThen = (thenMs: number): Observer => ({ nowMs: thenMs, sees: () => "unseen" });

/** An observer on this machine, now. Each process is looked at once. */
export function observerHere(nowMs: number): Observer {
  const seen = new Map<string, ProcessSight>();
  return {
    nowMs,
    sees: (attempt) => {
      const key = `${attempt.host}/${attempt.boot}/${attempt.pidNamespace}/${attempt.pid}/${attempt.processStart}`;
      const known = seen.get(key) ?? sightOf(attempt);
      seen.set(key, known);
      return known;
    },
  };
}

/** What can be seen of a process from here, now. */
export function sightOf(other: ProcessIdentity): ProcessSight {
  const here = thisProcess();
  if (other.host !== here.host) return "unseen";
  // The same machine after a reboot: no process has survived that.
  if (other.boot !== here.boot) return other.boot === "" || here.boot === "" ? "unseen" : "gone";
  if (other.pidNamespace !== here.pidNamespace) return "unseen";
  const process = startOf(other.pid);
  if (process === undefined) return canSignal(other.pid) ? "running" : "gone";
  // A zombie still has its pid; the process itself is gone.
  if (process.state === "Z" || process.state === "X") return "gone";
  return other.processStart === "" || process.start === other.processStart ? "running" : "gone";
}

/** State and start time of a process from /proc; undefined when there is none, or no /proc. */
function startOf(pid: number): { state: string; start: string } | undefined {
  const text = readText(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The second field is the command in parentheses and may hold spaces and parentheses of its own.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", start: fields[19] ?? "" };
}

/**
 * Where /proc does not tell (macOS has none; `hidepid` hides the processes of others): a pid that may be signalled, or that
 * is somebody else's, exists.
 */
function canSignal(pid: number): boolean {
  // 0 is no process: a signal to it goes to the caller's own group.
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function readText(path: string): string | undefined {
  try {
    return fs.readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}

function readLink(path: string): string | undefined {
  try {
    return fs.readlinkSync(path);
  } catch {
    return undefined;
  }
}
