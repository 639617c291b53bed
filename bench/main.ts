/** Measures daybook against its peers; see `--help`. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Fixtures } from "./fixtures/fixtures.js";
import { duration } from "./format.js";
import { describeMachine } from "./machine.js";
import { measureRow } from "./measure.js";
import { parseOptions, usage } from "./options.js";
import type { BenchOptions } from "./options.js";
import { peerVersions } from "./peers.js";
import { Progress } from "./progress.js";
import { writeResults } from "./results.js";
import type { BenchResults } from "./results.js";
import type { Row, RowResult } from "./row.js";
import { allRows } from "./rows/rows.js";
import { fullSizes, quickSizes } from "./sizes.js";
import { renderRow } from "./table.js";

/** Of the sources; this file runs from `dist/bench`. */
const home = fileURLToPath(new URL("../../bench", import.meta.url));

const names = allRows({ sizes: fullSizes, fixture: (name) => name }).map(({ name }) => name);
let options: BenchOptions;
try {
  options = parseOptions(process.argv.slice(2), names);
} catch (error) {
  console.error((error as Error).message);
  process.exit(2);
}
if (options.help) {
  console.log(usage(names));
  process.exit(0);
}
installPeers();

const folder = mkdtempSync(join(tmpdir(), "daybook-bench-"));
const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort());
try {
  await measureAll(options);
} catch (error) {
  if (!stopping.signal.aborted) throw error;
  process.exitCode = 130;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measureAll({ only, repeats, quick, json }: BenchOptions): Promise<void> {
  const sizes = quick ? quickSizes : fullSizes;
  const fixtures = new Fixtures(folder, sizes);
  const rows = allRows({ sizes, fixture: (name) => fixtures.path(name) }).filter(({ name }) => only.length === 0 || only.includes(name));
  const roundsOf = ({ rounds = repeats }: Row): number => (quick ? repeats : rounds === 1 ? 1 : Math.max(repeats, rounds));
  const progress = new Progress(process.stderr);
  for (const row of rows) progress.plan(row.name, roundsOf(row), quick ? row.seconds / 10 : row.seconds);

  const { daybook, peers, machine } = facts();
  console.log(`daybook ${daybook} against ${Object.entries(peers).map(([name, version]) => `${name} ${version}`).join(", ")}`);
  console.log(`${machine.cpus}, ${machine.memory}, ${machine.kernel}, ${machine.fileSystem}, Node ${machine.node}\n`);
  const begin = performance.now();
  const results: RowResult[] = [];
  for (const [index, row] of rows.entries()) {
    fixtures.keepOnly(new Set(rows.slice(index).flatMap((later) => later.fixtures)));
    const result = await measureRow(row, roundsOf(row), { fixtures, progress, signal: stopping.signal });
    progress.clear();
    console.log(`${renderRow(result)}\n`);
    results.push(result);
    // After each row: a run that is broken off has measured something too.
    if (json !== undefined) writeResults(resolve(json), { daybook, measured: new Date().toISOString().slice(0, 10), form: quick ? "quick" : "full", machine, peers, rows: results }, names);
  }
  console.log(`${duration((performance.now() - begin) / 1000)}${quick ? "; quick: the figures mean nothing" : ""}`);
}

function facts(): Pick<BenchResults, "daybook" | "peers" | "machine"> {
  const { version } = JSON.parse(readFileSync(join(home, "..", "package.json"), "utf8")) as { readonly version: string };
  return { daybook: version, peers: peerVersions(), machine: describeMachine(folder) };
}

/** The peers are a package of their own, so that daybook's users and tests do not compile them. */
function installPeers(): void {
  if (existsSync(join(home, "node_modules", "better-sqlite3")) && existsSync(join(home, "node_modules", "classic-level"))) return;
  console.error("installing the peers in bench/ (better-sqlite3 may be compiled, which takes some minutes)");
  execFileSync("npm", ["ci"], { cwd: home, stdio: ["ignore", "inherit", "inherit"] });
}
