/** `npm run torture:docs`: docs/reliability.md from docs/reliability.json. With `--check` it writes nothing and fails where they differ. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { reliabilityPage } from "./reliability-page.js";
import { readReport } from "./report.js";
import { loadSuite, suiteNames } from "./suites.js";

const docs = (name: string): string => fileURLToPath(new URL(`../../../docs/${name}`, import.meta.url));

const program = new Command("torture:docs")
  .description("Makes docs/reliability.md of what `npm run torture -- --report docs/reliability.json` has kept.")
  .option("--report <file>", "what was found", docs("reliability.json"))
  .option("--out <file>", "the page", docs("reliability.md"))
  .option("--check", "write nothing; exit 1 where the page is not the one that the report makes")
  .parse();
const { report, out, check = false } = program.opts<{ report: string; out: string; check?: boolean }>();

const page = reliabilityPage(await Promise.all(suiteNames.map(loadSuite)), readReport(report));
if (!check) {
  writeFileSync(out, page);
  console.log(`${out}: ${page.split("\n").length} lines`);
} else if (!existsSync(out) || readFileSync(out, "utf8") !== page) {
  console.error(`${out} is not what ${report} makes: run \`npm run torture:docs\``);
  process.exitCode = 1;
}
