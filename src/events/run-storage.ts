/**
 * How a run's files lie on the disk. `"subfolder"`: in a folder of the run's own, `runs/IDENT/RELPATH/UID`. `"prefix"`: in a folder
 * that it shares with the runs beside it, `runs/IDENT/RELPATH`, under names that begin with the uid.
 */
export type RunStorage = "subfolder" | "prefix";

/** The values of {@link RunStorage}; the first one is what a run has that says nothing. */
export const runStorages: readonly RunStorage[] = ["subfolder", "prefix"];

/** True for a value of {@link RunStorage}. */
export function isRunStorage(value: unknown): value is RunStorage {
  return runStorages.some((storage) => storage === value);
}
