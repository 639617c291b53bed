import type { Json, JsonObject } from "../../../events/recorded-event.js";
import type { CheckpointRow, SaveRow } from "../../../projections/views/checkpoints.js";

/** A save of a step whose files were not given up. */
export interface Candidate {
  readonly row: CheckpointRow;
  readonly save: SaveRow;
}

/** Which checkpoint of a hash. Each is an order of preference: the first is what is loaded, the others stand in for it where that is allowed. */
export type Choice =
  | { readonly kind: "latest" }
  | { readonly kind: "exact"; readonly step: number }
  | { readonly kind: "nearest"; readonly step: number }
  | { readonly kind: "best"; readonly by: string; readonly goal: "min" | "max" };

/**
 * The saves of a hash in the order in which a choice prefers them; none where the choice has nothing to choose from. Steps compare as numbers. Of several saves of a
 * step, the later goes first. `latest`: the highest step first. `nearest`: the smallest distance first, of two at the same distance the higher. `exact`: that
 * step's, then the others as for `nearest`. `best`: by a number in the metadata, of equal ones the higher step; saves without it do not count.
 */
export function preferred(rows: Iterable<CheckpointRow>, choice: Choice): Candidate[] {
  const candidates = [...rows].flatMap((row) => row.saves.filter(({ pruned }) => pruned === undefined).map((save) => ({ row, save })));
  candidates.sort((a, b) => b.row.step - a.row.step || b.save.save - a.save.save);
  if (choice.kind === "latest") return candidates;
  if (choice.kind === "best") {
    const { by, goal } = choice;
    const sign = goal === "min" ? 1 : -1;
    const scored = candidates.flatMap((candidate) => {
      const value = numberIn(candidate.save.metadata, by);
      return value === undefined ? [] : [{ candidate, value }];
    });
    // The order of equal ones is kept: the higher step goes first.
    return scored.sort((a, b) => sign * (a.value - b.value)).map(({ candidate }) => candidate);
  }
  const { step } = choice;
  if (choice.kind === "exact" && !candidates.some(({ row }) => row.step === step)) return [];
  const distance = ({ row }: Candidate): number => Math.abs(row.step - step);
  return candidates.sort((a, b) => distance(a) - distance(b));
}

/**
 * A number in the metadata of a save: the field of that name, or, for a name with dots that no field has, the one on that way (`eval.loss`). Undefined where there is
 * none, or something else.
 */
export function numberIn(metadata: JsonObject | undefined, field: string): number | undefined {
  const value = metadata !== undefined && Object.hasOwn(metadata, field) ? metadata[field] : field.split(".").reduce<Json | undefined>(fieldOf, metadata);
  return typeof value === "number" ? value : undefined;
}

const fieldOf = (value: Json | undefined, name: string): Json | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, name) ? (value as JsonObject)[name] : undefined;
