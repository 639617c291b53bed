import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Outcome } from "./session.js";

/** What another process has asked for, and was told. */
export interface Along {
  /** Ends it, and gives its outcomes. */
  end(): Promise<{ readonly outcomes: readonly Outcome[]; readonly problems: readonly string[] }>;
}

/** Starts a real process that appends to a root until it is told to end. Resolves once it has the root open. */
export async function appendAlong(root: string): Promise<Along> {
  const child = spawn(process.execPath, ["--no-warnings", fileURLToPath(new URL("./appender.js", import.meta.url)), root], { stdio: ["pipe", "pipe", "inherit"] });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on("line", (line) => lines.push(line));
  const closed = Promise.all([once(child, "exit"), once(reader, "close")]);
  await Promise.race([once(reader, "line"), closed]);
  return {
    end: async () => {
      child.stdin.end();
      const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
      await closed;
      clearTimeout(timer);
      const last = lines.at(-1);
      if (last === undefined || !last.startsWith("{")) return { outcomes: [], problems: ["the process that appends along ended without a report"] };
      return JSON.parse(last) as Awaited<ReturnType<Along["end"]>>;
    },
  };
}
