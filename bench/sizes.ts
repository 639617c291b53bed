/** How much is done. */
export interface Sizes {
  /** Events of the large logs, and of the small one. */
  readonly large: number;
  readonly small: number;
  /** Durable appends one after another. */
  readonly single: number;
  /** Appends of each of so many callers. */
  readonly perCaller: { readonly few: number; readonly many: number; readonly fewEach: number; readonly manyEach: number };
  readonly bulk: number;
  /** Runs that are there when several processes allocate more, and how many each of them allocates. */
  readonly allocated: number;
  readonly allocations: { readonly durable: number; readonly buffered: number; readonly wholeFile: number };
  readonly ticks: number;
  readonly beatSeconds: number;
  /** Operations on the logs of the growth row; durable ones are fewer. */
  readonly growth: { readonly durable: number; readonly grouped: number; readonly buffered: number };
  /** Calls that an operation has behind it, and how many beats or calls are measured then. */
  readonly operations: { readonly past: number; readonly count: number };
  /** Of a data state. */
  readonly samples: number;
}

export const fullSizes: Sizes = {
  large: 1_000_000,
  small: 10_000,
  single: 3000,
  perCaller: { few: 1500, many: 200, fewEach: 60, manyEach: 4 },
  bulk: 1_000_000,
  allocated: 10_000,
  allocations: { durable: 1000, buffered: 2000, wholeFile: 8 },
  ticks: 400,
  beatSeconds: 10,
  growth: { durable: 2000, grouped: 40_000, buffered: 10_000 },
  operations: { past: 10_000, count: 2000 },
  samples: 1_000_000,
};

export const quickSizes: Sizes = {
  large: 20_000,
  small: 2000,
  single: 200,
  perCaller: { few: 100, many: 10, fewEach: 4, manyEach: 1 },
  bulk: 20_000,
  allocated: 1000,
  allocations: { durable: 50, buffered: 100, wholeFile: 4 },
  ticks: 100,
  beatSeconds: 2,
  growth: { durable: 100, grouped: 2000, buffered: 1000 },
  operations: { past: 1000, count: 200 },
  samples: 50_000,
};
