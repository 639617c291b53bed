import { parseArgs } from "node:util";

export interface BenchOptions {
  /** Names of rows; empty: all. */
  readonly only: readonly string[];
  readonly repeats: number;
  readonly quick: boolean;
  readonly json: string | undefined;
  readonly help: boolean;
}

export const usage = (rows: readonly string[]): string => `npm run bench -- [--only ROW]... [--repeats N] [--quick] [--json FILE]

Measures daybook against its peers, and against the targets it was built for. Each case runs in a process of its own, the
cases of a row in turn, over and over; what is shown are medians and what lies around them.

  --only ROW    only this row; may be repeated
  --repeats N   rounds, an odd number; default 5
  --quick       small sizes, one round: shows that everything runs; the figures mean nothing
  --json FILE   write the results there (npm run bench:docs reads bench/results.json)
  --help        this

Rows: ${rows.join(", ")}
`;

/** @throws Error with a message for the user */
export function parseOptions(argv: readonly string[], rows: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      only: { type: "string", multiple: true, default: [] },
      repeats: { type: "string" },
      quick: { type: "boolean", default: false },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const repeats = Number(values.repeats ?? (values.quick ? 1 : 5));
  if (!Number.isSafeInteger(repeats) || repeats < 1 || repeats % 2 === 0) throw new Error(`--repeats must be an odd number, not ${String(values.repeats)}`);
  for (const name of values.only) if (!rows.includes(name)) throw new Error(`there is no row "${name}": ${rows.join(", ")}`);
  return { only: values.only, repeats, quick: values.quick, json: values.json, help: values.help };
}
