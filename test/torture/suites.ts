import type { TortureSuite } from "./suite.js";

/** Every suite, by name, in the order in which they run. Loaded when needed: a suite is a program of its own. */
const loaders: Readonly<Record<string, () => Promise<{ readonly suite: TortureSuite }>>> = {
  "crash-matrix": () => import("./crash-matrix/suite.js"),
  "power-loss": () => import("./power-loss/suite.js"),
  faults: () => import("./faults/suite.js"),
  corruption: () => import("./corruption/suite.js"),
  concurrency: () => import("./concurrency/suite.js"),
  fuzz: () => import("./fuzz/suite.js"),
  endurance: () => import("./endurance/suite.js"),
};

export const suiteNames: readonly string[] = Object.keys(loaders);

/** @throws Error for a name that no suite has */
export async function loadSuite(name: string): Promise<TortureSuite> {
  const load = loaders[name];
  if (load === undefined) throw new Error(`There is no suite "${name}"; there are ${suiteNames.join(", ")}`);
  const { suite } = await load();
  if (suite.name !== name) throw new Error(`The suite in ${name}/ calls itself "${suite.name}"`);
  return suite;
}
