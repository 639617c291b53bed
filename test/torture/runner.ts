import { print } from "../../tools/cli/output.js";
import { headLines, sabotageLine, sabotageTable, suiteLines } from "./printing.js";
import { startProgress } from "./progress.js";
import { emptyReport, isGreen, mergeReports, readReport, sabotageRun, suiteRun, writeReport } from "./report.js";
import type { SabotageRow, SabotageRun, SuiteRun, TortureReport } from "./report.js";
import { runSuite } from "./suite-process.js";
import type { SuiteOutcome } from "./suite-process.js";
import type { Form, Sabotage } from "./suite.js";
import { loadSuite } from "./suites.js";
import { versionsHere } from "./versions.js";

/** What is to be run. */
export interface Order {
  readonly suites: readonly string[];
  readonly form: Form;
  readonly seed: number;
  /** Run the suites with this safeguard off, and nothing else. */
  readonly sabotage: Sabotage | undefined;
  readonly skipSabotage: boolean;
  readonly report: string | undefined;
  readonly signal: AbortSignal;
}

/** Runs suites one after another, then each without the safeguards that it must miss. Gives whether all was as it must be. */
export class Runner {
  readonly #versions = versionsHere();
  #report: TortureReport;

  constructor(readonly order: Order) {
    this.#report = order.report === undefined ? emptyReport : readReport(order.report);
  }

  async run(): Promise<boolean> {
    const { suites, form, seed, sabotage, skipSabotage } = this.order;
    await this.#print(headLines(this.#versions, seed));
    let good = true;
    for (const name of suites) {
      const run = await this.#suite(name, sabotage === undefined ? form : "sabotage", sabotage);
      await this.#print(suiteLines(sabotage === undefined ? name : `${name} without ${sabotage}`, run));
      good &&= isGreen(run);
      // What an engine without a safeguard does is no news of the engine.
      if (sabotage === undefined) this.#keep({ ...emptyReport, suites: { [name]: run } });
    }
    if (sabotage !== undefined || skipSabotage) return good;
    const rows: Record<string, SabotageRow> = {};
    for (const name of suites) {
      const row = await this.#sabotages(name);
      if (row === undefined) continue;
      rows[name] = row;
      good &&= isGreen(row.control) && Object.values(row.off).every(({ verdict }) => verdict === "caught");
      this.#keep({ ...emptyReport, sabotage: { [name]: row } });
    }
    if (Object.keys(rows).length > 0) await this.#print(["", ...(await sabotageTable(rows))]);
    return good;
  }

  /** A suite without each safeguard that it says it would miss; undefined for one that misses none. */
  async #sabotages(name: string): Promise<SabotageRow | undefined> {
    const { notices } = await loadSuite(name);
    if (notices.length === 0) return undefined;
    const control = await this.#suite(name, "sabotage", undefined);
    if (!isGreen(control)) await this.#print(suiteLines(`${name}, the form for sabotage with nothing off,`, control));
    const off: { [N in Sabotage]?: SabotageRun } = {};
    for (const safeguard of notices) {
      const { seed } = this.order;
      const run = sabotageRun(seed, await this.#run(name, "sabotage", safeguard));
      off[safeguard] = run;
      await this.#print([sabotageLine(name, safeguard, run)]);
    }
    return { control, off };
  }

  async #suite(name: string, form: Form, sabotage: Sabotage | undefined): Promise<SuiteRun> {
    const started = new Date();
    return suiteRun({ form, seed: this.order.seed }, started, this.#versions, await this.#run(name, form, sabotage));
  }

  async #run(name: string, form: Form, sabotage: Sabotage | undefined): Promise<SuiteOutcome> {
    const { seed, signal } = this.order;
    signal.throwIfAborted();
    const progress = await startProgress(sabotage === undefined ? `${name} (${form})` : `${name} without ${sabotage}`);
    try {
      const outcome = await runSuite({ name, form, seed, signal, onProgress: (done, total, what) => progress.update(done, total, what), ...(sabotage === undefined ? {} : { sabotage }) });
      signal.throwIfAborted();
      return outcome;
    } finally {
      progress.stop();
    }
  }

  /** After each suite, so that a run that is stopped has not run for nothing. */
  #keep(news: TortureReport): void {
    const { report } = this.order;
    if (report === undefined) return;
    this.#report = mergeReports(this.#report, news);
    writeReport(report, this.#report);
  }

  async #print(lines: readonly string[]): Promise<void> {
    await print(`${lines.join("\n")}\n`);
  }
}
