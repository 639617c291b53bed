import { nodeFileSystem } from "../../src/log/file-system.js";
import type { LogFileSystem } from "../../src/log/file-system.js";

export type FileCall = keyof LogFileSystem;

/** What happens at a call: nothing, an error instead of it, or (for writes) only a part of it. */
export type Fault = undefined | { readonly error: string } | { readonly short: number; readonly error?: string };

/** An error as the system gives it. */
export function systemError(code: string, call: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: injected, ${call}`), { code, syscall: call });
}

/** The real file system (or `base`), but each call first asks `plan`; `calls` counts them. */
export function faultyFiles(
  plan: (call: FileCall, index: number, args: readonly unknown[]) => Fault,
  base: LogFileSystem = nodeFileSystem,
): { readonly files: LogFileSystem; readonly calls: FileCall[] } {
  const calls: FileCall[] = [];
  const ask = (call: FileCall, args: readonly unknown[]): Fault => {
    calls.push(call);
    return plan(call, calls.length, args);
  };
  const wrap = <Call extends FileCall>(call: Call): LogFileSystem[Call] =>
    ((...args: unknown[]) => {
      const fault = ask(call, args);
      if (fault?.error !== undefined) {
        if ("short" in fault) partly(base, call, fault.short, args);
        // The system releases the descriptor whatever it reports.
        if (call === "closeSync") base.closeSync(args[0] as number);
        const error = systemError(fault.error, call);
        if (call !== "fdatasync") throw error;
        // The asynchronous call reports through its callback.
        setImmediate(args.at(-1) as (error: Error) => void, error);
        return undefined;
      }
      if (fault !== undefined && "short" in fault) return partly(base, call, fault.short, args);
      return (base[call] as (...all: unknown[]) => unknown)(...args);
    }) as LogFileSystem[Call];
  return { files: Object.fromEntries((Object.keys(base) as FileCall[]).map((call) => [call, wrap(call)])) as unknown as LogFileSystem, calls };
}

function partly(base: LogFileSystem, call: FileCall, bytes: number, args: unknown[]): unknown {
  if (call !== "writeSync" && call !== "readSync") return undefined;
  const [fd, buffer, offset, length, position] = args as [number, Buffer, number, number, number];
  return base[call](fd, buffer, offset, Math.min(length, bytes), position);
}
