import { sabotages } from "../suite.js";
import type { Sabotage } from "../suite.js";
import { marker, sabotagedModules } from "./replacements.js";

/** Names the safeguard that is off, for a process and all that it starts. */
export const sabotageVariable = "DAYBOOK_SABOTAGE";

export const isSabotage = (name: string): name is Sabotage => (sabotages as readonly string[]).includes(name);

/** The safeguard that is off in an environment. @throws Error for a name that is none */
export function sabotageOf(env: NodeJS.ProcessEnv): Sabotage | undefined {
  const name = env[sabotageVariable];
  if (name === undefined || name === "") return undefined;
  if (!isSabotage(name)) throw new Error(`${sabotageVariable} is ${name}; it must be one of ${sabotages.join(", ")}`);
  return name;
}

/** The environment of a process whose log lacks a safeguard; its child processes and worker threads inherit it. */
export function sabotagedEnvironment(name: Sabotage, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  // A URL: a path with a blank in it would be two words of NODE_OPTIONS.
  const preload = `--import=${new URL("./register.js", import.meta.url).href}`;
  const options = env["NODE_OPTIONS"] ?? "";
  return { ...env, [sabotageVariable]: name, NODE_OPTIONS: options === "" ? preload : `${options} ${preload}` };
}

/** Loads the module that has the safeguard and makes sure that it is off. @throws Error when it is not: such a run would prove nothing */
export async function assertSabotaged(name: Sabotage): Promise<void> {
  await import(new URL(`../../../src/${sabotagedModules[name].module}`, import.meta.url).href);
  const loaded = (globalThis as Record<symbol, unknown>)[Symbol.for(marker)];
  if (!(loaded instanceof Set) || !loaded.has(name)) throw new Error(`Sabotage "${name}" is not in force in this process`);
}
