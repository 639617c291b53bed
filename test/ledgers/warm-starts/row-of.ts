import type { WarmStartRow } from "../../../src/projections/views/warm-starts.js";

/** A row of the view, of which only some facts matter. */
export function rowOf({ bytes = 1, seq = 1, key = "0".repeat(64), run = `r${seq}`, objective, iteration, ...more }: Partial<Omit<WarmStartRow, "file" | "iteration" | "objective">> & { readonly bytes?: number; readonly objective?: number | undefined; readonly iteration?: number | undefined }): WarmStartRow {
  return {
    key, run, save: 1, kind: "checkpoint",
    file: { path: `warm-starts/${key}/${run}.1-0.bin`, bytes, sha256: "0".repeat(64) },
    seq, time: new Date(Date.parse("2026-11-28T08:00:00Z") + seq).toISOString(), by: "w",
    ...(objective === undefined ? {} : { objective }),
    ...(iteration === undefined ? {} : { iteration }),
    ...more,
  };
}
