import { chain, product, readSweepFile } from "../../../src/projects.js";
import type { Sweep } from "../../../src/projects.js";
import { readNested, readParams } from "../assignments.js";
import { UsageError } from "../errors.js";
import { readGrid } from "../grid.js";

/** Where the sets come from, as given on the command line. */
export interface SetOptions {
  readonly grid?: readonly string[];
  readonly file?: string;
  readonly param?: readonly string[];
  readonly sample?: number;
  readonly seed?: number;
}

/** The sweep that the options describe: the grid or file, upon it the constants of `-p`, of these a sample. @throws UsageError and what sweeps throw */
export async function readSweepOptions({ grid = [], file, param = [], sample, seed }: SetOptions): Promise<Sweep> {
  if (file !== undefined && grid.length > 0) throw new UsageError("--grid and --file: give one of them");
  if (file === undefined && grid.length === 0) throw new UsageError("there is nothing to sweep: give --grid k=a,b,c or --file grid.yaml");
  if (seed !== undefined && sample === undefined) throw new UsageError("--seed belongs to --sample");
  const constants = readParams(param);
  // A grid that fixes what -p varies, or the other way round, is a slip; a file may have been written for longer runs.
  if (file === undefined) readNested("--grid and -p", [...grid, ...param], () => null);
  const all = overlay(file === undefined ? product(readGrid(grid)) : await readSweepFile(file), constants);
  if (sample === undefined) return all;
  if (sample > all.length) throw new UsageError(`--sample ${sample}: there are ${all.length} sets`);
  return all.sample(sample, { seed: seed ?? 0 });
}

function overlay(sweep: Sweep, constants: object): Sweep {
  return Object.keys(constants).length === 0 ? sweep : chain(sweep, product({}, { constants }));
}
