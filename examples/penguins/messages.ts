/** What a worker tells its parent over the IPC channel. The ledger holds the truth; these only make it visible sooner. */

/** Which run a message is about; `gridIndex` is the place of its parameter set in the grid. */
interface AboutRun {
  readonly uid: string;
  readonly gridIndex: number;
}

export type WorkerMessage =
  | (AboutRun & { readonly type: "started"; readonly attempt: number; readonly epochs: number })
  | (AboutRun & { readonly type: "epoch"; readonly epoch: number; readonly epochs: number; readonly trainLoss: number })
  | (AboutRun & { readonly type: "done"; readonly heldOutAccuracy: number; readonly files: readonly string[] });
