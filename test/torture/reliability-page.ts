import { counted, duration } from "../../tools/cli/text.js";
import { isGreen } from "./report.js";
import type { SabotageRun, SuiteRun, TortureReport } from "./report.js";
import { sabotages } from "./suite.js";
import type { Form, Sabotage, TortureSuite } from "./suite.js";

/** What each safeguard does, and what is left without it. */
const safeguards: { readonly [Name in Sabotage]: string } = {
  lock: "Writers exclude each other by flock(2) on `log/lock`. Without it everybody has the lock at once.",
  sync: "Bytes are synced before an append is acknowledged, a segment is followed by another, or a file gets its name. Without it no byte of a file is ever synced.",
  "hash-check": "The bytes of each commit are held against its hash. Without it any hash that stands in the file is right.",
  "sync-rule": "What is known to have been durable is damage when it is bad, not a torn tail. Without it everything bad is a torn tail.",
  "folder-sync": "Folders are synced when a name in them has to last. Without it they never are.",
  "input-check": "What callers give is looked at, value by value, before it is recorded. Without it everything passes for plain JSON.",
  quarantine: "A torn tail is copied before anything is written over it. Without it there is no copy.",
};

const forms: { readonly [F in Form]: string } = { ci: "short (CI)", long: "long", sabotage: "for sabotage" };

/** What no suite can show. */
const generalGaps = [
  "Disks and controllers that acknowledge a sync and do not keep it: nothing above them can tell.",
  "Network file systems, which are refused for writing, because their locks cannot be trusted.",
  "Other systems than the one named with each suite: macOS should work and is not tested; Windows is not supported.",
  "Whoever changes the log with intent: hashes find accidents, they are no signatures.",
  "The last acknowledged commit, damaged later: no commit behind it vouches for it, so it goes to `quarantine/` like a commit that was never whole (docs/format.md, section 9).",
];

const shownFailures = 20;

/** docs/reliability.md, from what the suites say of themselves and what their runs found. @throws Error for a report of suites that do not exist */
export function reliabilityPage(suites: readonly TortureSuite[], report: TortureReport): string {
  const known = new Set(suites.map(({ name }) => name));
  for (const name of [...Object.keys(report.suites), ...Object.keys(report.sabotage)]) {
    if (!known.has(name)) throw new Error(`The report has a suite "${name}" that does not exist`);
  }
  return [
    "# Reliability",
    "",
    "What daybook promises for the worst of days, how each promise is tested, and what came of it. Made by `npm run torture:docs` from `reliability.json`",
    "beside this page, which `npm run torture` writes; do not edit. What is promised in full stands in the README, how it is kept in `adr/`, and what the bytes on",
    "the disk mean in `format.md`.",
    "",
    "## At a glance",
    "",
    ...table(["suite", "form", "found", "seed", "took", "on"], suites.map(({ name }) => glance(name, report.suites[name]))),
    "",
    "## Sabotage",
    "",
    "A check that cannot fail proves nothing. Each suite is run again on an engine with one safeguard switched off, and has to find failures; and once in the same",
    "short form with nothing off, and has to find none. A dash: the suite does not claim to notice.",
    "",
    ...table(["suite", "nothing off", ...sabotages], suites.map((suite) => sabotageRow(suite, report))),
    "",
    ...sabotages.map((name) => `- **${name}**: ${safeguards[name]}`),
    ...unnoticed(suites),
    "",
    ...suites.flatMap((suite) => section(suite, report)),
    "## What is not covered at all",
    "",
    ...generalGaps.map((gap) => `- ${gap}`),
    "",
    "## To repeat it",
    "",
    "```sh",
    "npm ci",
    "npm run torture                                         # the short form, with sabotage",
    "npm run torture -- --suite NAME --form long --seed SEED --report docs/reliability.json",
    "npm run torture:docs                                    # this page",
    "npm run torture -- --help",
    "```",
    "",
    "The seed repeats everything that a suite draws. Where processes race, or signals come from outside, the machine has a say as well.",
    "",
  ].join("\n");
}

function glance(name: string, run: SuiteRun | undefined): string[] {
  const link = `[${name}](#${name})`;
  if (run === undefined) return [link, "-", "not run yet", "-", "-", "-"];
  return [link, forms[run.form], found(run), String(run.seed), duration(run.durationMs), run.started.slice(0, 10)];
}

function found(run: SuiteRun): string {
  if (isGreen(run)) return "nothing";
  return run.broke === undefined ? `**${counted(run.failureCount, "failure")}**` : "**did not come to its end**";
}

function sabotageRow({ name, notices }: TortureSuite, { sabotage }: TortureReport): string[] {
  const row = sabotage[name];
  const control = row === undefined ? (notices.length === 0 ? "-" : "not run yet") : isGreen(row.control) ? "nothing" : "**failures**";
  return [name, control, ...sabotages.map((off) => (notices.includes(off) ? noticed(row?.off[off]) : "-"))];
}

function noticed(run: SabotageRun | undefined): string {
  if (run === undefined) return "not run yet";
  return run.verdict === "caught" ? "caught" : `**${run.verdict}**`;
}

function unnoticed(suites: readonly TortureSuite[]): string[] {
  const missing = sabotages.filter((name) => !suites.some(({ notices }) => notices.includes(name)));
  return missing.length === 0 ? [] : ["", `No suite claims to notice: ${missing.join(", ")}.`];
}

function section(suite: TortureSuite, report: TortureReport): string[] {
  const run = report.suites[suite.name];
  return [
    `## ${suite.name}`,
    "",
    `**Promise.** ${suite.promise}`,
    "",
    `**How it is tested.** ${suite.method}`,
    "",
    ...(run === undefined ? ["Not run yet.", ""] : findings(run)),
    ...caughtBy(report, suite.name),
    "**Not covered.**",
    "",
    ...(suite.gaps.length === 0 ? ["Nothing that is known, beside what is not covered at all."] : suite.gaps.map((gap) => `- ${gap}`)),
    "",
  ];
}

function findings(run: SuiteRun): string[] {
  const versions = Object.entries(run.versions).map(([what, version]) => `${what} ${version}`);
  const shown = run.failures.slice(0, shownFailures).map(({ where, problem }) => `- \`${where.replaceAll("`", "'")}\`: ${inLine(problem)}`);
  return [
    `**Tried**, form ${forms[run.form]}, seed ${run.seed}, ${duration(run.durationMs)}, ${run.started.slice(0, 10)}, with ${versions.join(", ")}:`,
    "",
    ...table(["what", "how often"], Object.entries(run.tried).map(([what, count]) => [what, count.toLocaleString("en-US")]), [1]),
    "",
    ...(Object.keys(run.facts).length === 0 ? [] : ["**Measured:**", "", ...table(["what", "value"], Object.entries(run.facts).map(([what, value]) => [what, value])), ""]),
    `**Found:** ${found(run)}.`,
    "",
    ...(run.broke === undefined ? [] : [inLine(run.broke), ""]),
    ...(shown.length === 0 ? [] : [...shown, ""]),
  ];
}

function caughtBy(report: TortureReport, name: string): string[] {
  const off = Object.entries(report.sabotage[name]?.off ?? {});
  if (off.length === 0) return [];
  const lines = off.map(([safeguard, run]) => `- without ${safeguard}: ${run.verdict === "caught" ? `${counted(run.failureCount, "failure")} in ${duration(run.durationMs)}, such as: ${inLine(run.example)}` : `**${run.verdict}**`}`);
  return ["**Sabotage:**", "", ...lines, ""];
}

/** Text of a log or an error as part of a line of Markdown. */
const inLine = (text: string): string => text.replaceAll(/\s+/g, " ").replaceAll(/([<>|*_`[\]])/g, "\\$1").slice(0, 300);

function table(heads: readonly string[], rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(heads), `|${heads.map((_, index) => (right.includes(index) ? "---:" : "---")).join("|")}|`, ...rows.map(line)];
}
