/** Preloaded by `--import`: installs the hook for the safeguard that DAYBOOK_SABOTAGE names. */
import { register } from "node:module";
import { sabotageOf } from "./environment.js";

const name = sabotageOf(process.env);
if (name !== undefined) register("./hook.js", { parentURL: import.meta.url, data: name });
