import { fork } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SuiteMessage } from "./messages.js";
import { sabotagedEnvironment } from "./sabotage/environment.js";
import type { Form, Sabotage, SuiteReport, TortureFailure } from "./suite.js";

/** One run of one suite. */
export interface SuiteOrder {
  readonly name: string;
  readonly form: Form;
  readonly seed: number;
  readonly sabotage?: Sabotage;
  /** Kills the run, and whatever it started. */
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number, what: string) => void;
}

/** How it went. Only a suite that came to its end has found anything out. */
export type SuiteOutcome = { readonly durationMs: number } & (
  | { readonly kind: "finished"; readonly report: SuiteReport }
  | { readonly kind: "broke"; readonly problem: string }
  | { readonly kind: "timeout"; readonly problem: string }
);

const minute = 60_000;
/** Longer than any suite may take: a suite that hangs is a fault of its own. The long form is watched by whoever runs it. */
const timeouts: { readonly [F in Form]: number | undefined } = { ci: 20 * minute, long: undefined, sabotage: 5 * minute };
const keptErrorText = 4000;
const sourceFolder = fileURLToPath(new URL("../../../", import.meta.url));

/** Runs a suite in a process of its own, which leaves neither processes nor files behind. */
export async function runSuite(order: SuiteOrder): Promise<SuiteOutcome> {
  const { name, form, seed, sabotage } = order;
  const temporary = mkdtempSync(join(tmpdir(), "daybook-torture-"));
  const env = { ...(sabotage === undefined ? process.env : sabotagedEnvironment(sabotage)), TMPDIR: temporary };
  const started = performance.now();
  const child = fork(fileURLToPath(new URL("./one-suite.js", import.meta.url)), [name, form, String(seed)], {
    env,
    execArgv: ["--no-warnings"],
    // A process group of its own, so that all of it can be killed and counted.
    detached: true,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let last: SuiteMessage | undefined;
  let errors = "";
  let timedOut = false;
  const kill = (): void => killGroup(child.pid);
  const limit = timeouts[form];
  const timer = limit === undefined ? undefined : setTimeout(() => ((timedOut = true), kill()), limit);
  order.signal.addEventListener("abort", kill, { once: true });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (errors = (errors + text).slice(-keptErrorText)));
  child.on("message", (message: SuiteMessage) => {
    if (message.kind === "progress") order.onProgress(message.done, message.total, message.what);
    else last = message;
  });
  try {
    const ending = await new Promise<string>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => resolve(String(code ?? signal)));
    });
    const durationMs = performance.now() - started;
    const left = [...processesOf(child.pid), ...filesLeft(temporary).map((file) => `the file ${file}`)];
    if (timedOut) return { kind: "timeout", durationMs, problem: `not done after ${Math.round(durationMs / 1000)} s, killed` };
    if (last === undefined || last.kind === "progress") return { kind: "broke", durationMs, problem: plain(`the process of the suite ended (${ending}) without a report: ${errors}`, temporary) };
    if (last.kind === "broke") return { kind: "broke", durationMs, problem: plain(last.problem, temporary) };
    return { kind: "finished", durationMs, report: tidied(last.report, temporary, sabotage === undefined ? left : []) };
  } finally {
    clearTimeout(timer);
    order.signal.removeEventListener("abort", kill);
    kill();
    rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * Files left in the temporary folder; without the copies of fs-ext of worker threads whose process was killed in the moment between making and
 * removing one (docs/adr/0020), as long as they are a few.
 */
function filesLeft(temporary: string): string[] {
  const files = readdirSync(temporary);
  const copies = files.filter((file) => file.startsWith("daybook-fs-ext-"));
  return copies.length > 3 ? files : files.filter((file) => !copies.includes(file));
}

/** What is left behind is a failure of the suite. */
function tidied(report: SuiteReport, temporary: string, left: readonly string[]): SuiteReport {
  const found = [...report.failures, ...(left.length === 0 ? [] : [{ where: "after the suite", problem: `it left behind ${left.join(", ")}` }])];
  const failures: TortureFailure[] = found.map(({ where, problem }) => ({ where: plain(where, temporary), problem: plain(problem, temporary) }));
  return { ...report, failures };
}

/** Names of folders and machines say nothing to others, and reports are public. */
function plain(text: string, temporary: string): string {
  return text.replaceAll(temporary, "$TMPDIR").replaceAll(sourceFolder, "").replaceAll(`${hostname()}:`, "HOST:").replaceAll(`"host":"${hostname()}"`, '"host":"HOST"');
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left in it.
  }
}

/** The live processes of a group, as far as /proc tells; zombies are dead. */
function processesOf(group: number | undefined): string[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        const [state, , pgrp] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
        return Number(pgrp) === group && state !== "Z" && state !== "X" ? [`the process ${pid} (${command.slice(0, 120)})`] : [];
      } catch {
        return [];
      }
    });
}
