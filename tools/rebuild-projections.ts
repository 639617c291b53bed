#!/usr/bin/env node
import { runProgram } from "./cli/edge.js";
import { singleVerbProgram } from "./cli/program.js";
import { rebuildVerb } from "./cli/verbs/rebuild-projections.js";

await runProgram((outcome) => singleVerbProgram(rebuildVerb, outcome), process.argv.slice(2));
