/** Where the grid stands, as the ledger has it. */
import { type Daybook, type RunRecord, paramHash } from "../../src/index.js";
import { IDENTIFIER, type TrainingParams, parameterGrid } from "./grid.js";

/** A parameter set and its run, once somebody has allocated one. */
export interface GridEntry {
  readonly params: TrainingParams;
  readonly record: RunRecord | undefined;
}

/** Every parameter set of the grid, in the grid's order, with its run. */
export async function gridState(book: Daybook): Promise<GridEntry[]> {
  const lookUp = async (params: TrainingParams): Promise<GridEntry> => {
    const found = await book.runs.findByParamHash(IDENTIFIER, paramHash(params));
    return { params, record: found?.[1] };
  };
  return Promise.all(parameterGrid().map(lookUp));
}

/** The sets that still need training. */
export function unfinished(state: readonly GridEntry[]): GridEntry[] {
  return state.filter(({ record }) => record?.status !== "DONE");
}

/**
 * The best finished run: the one with the lowest validation loss. The held-out rows have no say in it; a winner chosen by
 * its held-out accuracy would look better than it is.
 */
export function bestRun(state: readonly GridEntry[]): RunRecord | undefined {
  const loss = (record: RunRecord): number => Number(record.metrics["validationLoss"] ?? Infinity);
  const done = state.flatMap(({ record }) => (record?.status === "DONE" ? [record] : []));
  return done.reduce<RunRecord | undefined>((best, record) => (best && loss(best) <= loss(record) ? best : record), undefined);
}
