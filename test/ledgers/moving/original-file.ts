/** A run as the original keeps it; `history` as in `timestamp_status_lst`. */
export interface OriginalRun {
  readonly status: string;
  readonly param_hash?: string | number | null;
  readonly files?: Readonly<Record<string, unknown>>;
  readonly timestamp_status_lst?: readonly unknown[];
  readonly [more: string]: unknown;
}

/** The text of a metadata.json as the original writes it, keys in the order given: JavaScript would put `"100"` before `"000"`. */
export function originalText(runs: readonly (readonly [identifier: string, relkey: string, uid: string, record: OriginalRun])[]): string {
  const scopes = new Map<string, Map<string, string[]>>();
  for (const [identifier, relkey, uid, record] of runs) {
    const relkeys = scopes.get(identifier) ?? new Map<string, string[]>();
    scopes.set(identifier, relkeys.set(relkey, [...(relkeys.get(relkey) ?? []), `${JSON.stringify(uid)}: ${JSON.stringify(record, null, 2).replaceAll("\n", "\n      ")}`]));
  }
  const object = (depth: number, entries: readonly string[]): string => `{\n${entries.map((entry) => `${"  ".repeat(depth + 1)}${entry}`).join(",\n")}\n${"  ".repeat(depth)}}`;
  const identifiers = [...scopes].map(([name, relkeys]) => `${JSON.stringify(name)}: ${object(1, [...relkeys].map(([relkey, uids]) => `${JSON.stringify(relkey)}: ${object(2, uids)}`))}`);
  return identifiers.length === 0 ? "{}" : object(0, identifiers);
}

/** A finished run, with naive times as Python writes them, microseconds included. */
export function finishedRun(number: number): OriginalRun {
  const time = (second: number): string => new Date(Date.UTC(2024, 0, 1) + number * 10_000 + second * 1000 + 123).toISOString().replace("Z", "456");
  return {
    status: "done",
    param_hash: number % 7 === 0 ? null : `${number.toString(16).padStart(8, "0")}${"ab".repeat(28)}`,
    files: number % 3 === 0 ? {} : { model: `/data/é ${number}/model.pt`, notes: "notes.yaml" },
    timestamp_status_lst: [
      [time(0), "pending"],
      [time(1), "running"],
      [time(2), "done"],
    ],
  };
}
