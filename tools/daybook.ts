#!/usr/bin/env node
import { runProgram } from "./cli/edge.js";
import { daybookProgram } from "./cli/program.js";

await runProgram(daybookProgram, process.argv.slice(2));
