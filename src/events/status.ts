/** What a run's recorded status can be. Every change between them is allowed and kept in the run's history. */
export const Status = {
  PENDING: "PENDING",
  RUNNING: "RUNNING",
  DONE: "DONE",
  ERROR: "ERROR",
} as const;

/** One of the values of {@link Status}. */
export type Status = (typeof Status)[keyof typeof Status];

/** The values of {@link Status}, in the order of a run's life. */
export const statuses: readonly Status[] = [Status.PENDING, Status.RUNNING, Status.DONE, Status.ERROR];

/** True for a value of {@link Status}; upper case only. */
export function isStatus(value: unknown): value is Status {
  return statuses.some((status) => status === value);
}
