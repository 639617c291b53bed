/** Writes docs/benchmarks.md from bench/results.json. */
import { writeFileSync } from "node:fs";
import { benchmarksPage } from "./page.js";
import { readResults } from "./results.js";

writeFileSync(new URL("../../docs/benchmarks.md", import.meta.url), benchmarksPage(readResults(new URL("../../bench/results.json", import.meta.url))));
