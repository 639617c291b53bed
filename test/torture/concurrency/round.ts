import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDaybook } from "../../../src/index.js";
import { startChild } from "./child.js";
import type { Child, Ending } from "./child.js";
import { readHistory } from "./history-file.js";
import { checkObjects, holdAgainstLog } from "./judge.js";
import { readAtRest } from "./log-at-rest.js";
import type { LogAtRest } from "./log-at-rest.js";
import type { ObjectVerdict } from "./models/object-model.js";
import type { Performed } from "./operations.js";
import type { ProcessPlan, ReaderPlan, RoundPlan } from "./plan.js";
import type { ClientTask } from "./programs/run-client.js";
import type { ReaderReport, ReaderTask } from "./programs/reader.js";

/** What may not be exceeded. */
export interface RoundLimits {
  /** Processes that have not ended by then are killed, and the round has failed. */
  readonly deadlineMs: number;
  readonly lockTimeoutMs: number;
}

/** What a round showed. */
export interface RoundOutcome {
  readonly problems: readonly string[];
  readonly verdicts: readonly ObjectVerdict[];
  readonly operations: number;
  readonly unanswered: number;
  readonly processes: number;
  readonly threads: number;
  readonly kills: number;
  readonly recoveries: number;
  readonly segments: number;
  readonly snapshots: number;
  readonly events: number;
  readonly readerPasses: number;
}

/** Runs one round in a folder of its own, which is gone afterwards. */
export async function runRound(plan: RoundPlan, limits: RoundLimits): Promise<RoundOutcome> {
  const round = new Round(plan, limits);
  try {
    return await round.run();
  } finally {
    await round.end();
  }
}

class Round {
  readonly #folder = mkdtempSync(join(tmpdir(), "daybook-concurrency-"));
  readonly #root = join(this.#folder, "root");
  readonly #base = process.hrtime.bigint();
  readonly #children = new Set<Child>();
  readonly #problems: string[] = [];
  /** Clients that were started, and how many processes and threads that were. */
  readonly #clients: string[] = [];
  #processes = 0;
  #threads = 0;
  #kills = 0;
  #late = false;

  constructor(
    readonly plan: RoundPlan,
    readonly limits: RoundLimits,
  ) {}

  async run(): Promise<RoundOutcome> {
    const { plan, limits } = this;
    mkdirSync(join(this.#folder, "histories"));
    const deadline = setTimeout(() => {
      this.#late = true;
      this.#problems.push(`not all processes had ended after ${limits.deadlineMs} ms`);
      for (const child of this.#children) child.kill();
    }, limits.deadlineMs);
    try {
      await this.#before();
      const readers = plan.readers.map((reader) => ({ reader, child: this.#start("reader", { reader, root: this.#root } satisfies ReaderTask) }));
      const firsts = plan.chains.map((chain) => this.#startProcess(chain[0] as ProcessPlan));
      await Promise.all([...readers.map(({ child }) => child.ready), ...firsts.map((child) => child.ready)]);
      for (const { child } of readers) child.tell("go");
      await Promise.all(plan.chains.map((chain, index) => this.#runChain(chain, firsts[index] as Child)));
      const log = readAtRest(this.#root);
      for (const { child } of readers) child.tell(`stop ${log.lastSeq}`);
      const passes = await Promise.all(readers.map(async ({ reader, child }) => this.#readReport(reader, await child.ended, log)));
      return await this.#judge(log, passes.reduce((sum, count) => sum + count, 0));
    } finally {
      clearTimeout(deadline);
    }
  }

  async end(): Promise<void> {
    for (const child of this.#children) child.kill();
    await Promise.allSettled([...this.#children].map(({ ended }) => ended));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #before(): Promise<void> {
    const { eventsBefore } = this.plan;
    if (eventsBefore === 0) return;
    await using book = await openDaybook(this.#root, { participantId: "before" });
    const data = Array.from({ length: eventsBefore }, (_, index) => ({ op: "before", index, of: eventsBefore }));
    await book.log.append(data.map((one) => ({ stream: "before/all", type: "before.written", data: one })));
  }

  #start(program: string, task: unknown): Child {
    const child = startChild(program, task);
    this.#processes += 1;
    this.#children.add(child);
    void child.ended.finally(() => this.#children.delete(child)).catch(() => undefined);
    return child;
  }

  #startProcess({ clients, segmentBytes, openFirst, killAtCall }: ProcessPlan): Child {
    const tasks = clients.map((client, index): ClientTask => {
      this.#clients.push(client.name);
      if (client.thread) this.#threads += 1;
      return {
        client,
        root: this.#root,
        history: this.#historyOf(client.name),
        base: String(this.#base),
        mix: this.plan.mix,
        segmentBytes,
        openFirst,
        lockTimeoutMs: this.limits.lockTimeoutMs,
        ...(killAtCall !== undefined && index === 0 ? { killAtCall } : {}),
      };
    });
    return this.#start("clients", tasks);
  }

  async #runChain(chain: readonly ProcessPlan[], first: Child): Promise<void> {
    for (const [index, plan] of chain.entries()) {
      if (this.#late) return;
      const child = index === 0 ? first : this.#startProcess(plan);
      await child.ready;
      child.tell("go");
      const timer = plan.killAfterMs === undefined ? undefined : setTimeout(() => child.kill(), plan.killAfterMs);
      const ending = await child.ended;
      clearTimeout(timer);
      const doomed = plan.killAtCall !== undefined || plan.killAfterMs !== undefined;
      if (ending.signal === "SIGKILL" && doomed) this.#kills += 1;
      else if (ending.code !== 0 && !this.#late) this.#problems.push(`process ${plan.name} ${endingText(ending)}`);
    }
  }

  #readReport({ name }: ReaderPlan, ending: Ending, log: LogAtRest): number {
    if (ending.code !== 0) {
      if (!this.#late) this.#problems.push(`reader ${name} ${endingText(ending)}`);
      return 0;
    }
    const report = JSON.parse(ending.lines.at(-1) ?? "{}") as ReaderReport;
    this.#problems.push(...report.problems.map((problem) => `reader ${name}: ${problem}`));
    for (const [way, { seq, digest }] of Object.entries(report.seen)) {
      if (seq !== log.lastSeq) this.#problems.push(`reader ${name}: ${way} ended at seq ${seq} of ${log.lastSeq}`);
      else if (digest !== log.digest) this.#problems.push(`reader ${name}: ${way} saw other events than the log holds`);
    }
    return report.passes + report.caughtUp + report.looks;
  }

  async #judge(log: LogAtRest, readerPasses: number): Promise<RoundOutcome> {
    const history: Performed[] = [];
    for (const client of this.#clients) {
      const { performed, refused } = readHistory(this.#historyOf(client), client);
      history.push(...performed);
      this.#problems.push(...refused.map(({ op, kind, error }) => `${op} (${kind}) failed: ${error}`));
    }
    const verdicts = checkObjects(history, log);
    this.#problems.push(
      ...log.problems,
      ...holdAgainstLog(history, log),
      ...verdicts.flatMap(({ object, problem }) => (problem === undefined ? [] : [`${object} is not linearisable: ${problem}`])),
      ...(await this.#refold()),
    );
    return {
      problems: this.#problems,
      verdicts,
      operations: history.length,
      unanswered: history.filter(({ output }) => output === undefined).length,
      processes: this.#processes,
      threads: this.#threads,
      kills: this.#kills,
      recoveries: log.recoveries,
      segments: this.#filesIn("log").filter((name) => /^\d{20}\.ndjson$/.test(name)).length,
      snapshots: this.#filesIn("snapshots").filter((name) => name.endsWith(".ndjson")).length,
      events: log.lastSeq,
      readerPasses,
    };
  }

  /** The log is whole for the engine too, and the views as they are served, from snapshots on, are those of the whole log. */
  async #refold(): Promise<string[]> {
    await using book = await openDaybook(this.#root, { readOnly: true });
    const { ok, faults } = await book.verify({ full: true });
    const rebuilt = await book.rebuild({ check: true });
    return [
      ...(ok ? [] : faults.map((fault) => `verify: ${fault.kind} ${fault.segment} at ${fault.offset}: ${fault.message}`)),
      ...rebuilt.projections
        .filter(({ drift, failure }) => drift.length > 0 || failure !== undefined)
        .map(({ name, drift, failure }) => `the view ${name} is not what the log says: ${failure ?? JSON.stringify(drift.slice(0, 3))}`),
    ];
  }

  #historyOf(client: string): string {
    return join(this.#folder, "histories", `${client.replaceAll("/", "-")}.ndjson`);
  }

  #filesIn(folder: string): string[] {
    const path = join(this.#root, folder);
    return existsSync(path) ? readdirSync(path, { recursive: true }).map(String) : [];
  }
}

/** How a process ended, with the line of its standard error that names the error. */
function endingText({ code, signal, errors }: Ending): string {
  const named = errors.split("\n").find((line) => /^\s*(\w*Error\b|\[?cause)/.test(line)) ?? errors.slice(-300);
  return `ended with ${code ?? signal}: ${named.trim().slice(0, 400)}`;
}
