/** What is trained here: the penguins of the other demo, each with a uid, and how often, with what. */
import { DataState } from "../../src/checkpoints.js";
import { type Example, type PreparedData, loadPenguins, prepare } from "../penguins/dataset.js";

/** What training is told; it is the configuration that is hashed. */
export type Config = { readonly learningRate: number; readonly batchSize: number; readonly seed: number };

export const FIRST_CONFIG: Config = { learningRate: 0.02, batchSize: 32, seed: 7 };

/** Passes over the data, and after how many a checkpoint is saved. */
export const STEPS = 120;
export const FREQUENCY = 20;

/** Behind this step the learning rate is lowered; behind that one, the rows that fit worst are discarded. */
export const LOWER_RATE_AFTER = 45;
export const LOWER_RATE = 0.005;
export const DISCARD_AFTER = 65;
export const DISCARDS = 5;

/** The checkpoint in the middle of which the first process is killed. */
export const KILLED_AT = 80;

/** The name of a training row. */
export const uidOf = (index: number): string => `penguin-${String(index).padStart(3, "0")}`;

/** The penguins, always split in the same way. */
export const loadData = async (): Promise<PreparedData> => prepare(await loadPenguins(), 1);

/** All training rows, none discarded. */
export const allRows = (train: readonly Example[]): DataState => new DataState({ uids: train.map((_row, index) => uidOf(index)) });

/** The training rows that are not discarded. */
export function rowsInUse(train: readonly Example[], state: DataState): Example[] {
  return train.filter((_row, index) => !state.isDiscarded(uidOf(index)));
}
