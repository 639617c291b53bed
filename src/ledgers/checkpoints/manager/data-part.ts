import type { PartDigest } from "../../../events/checkpoint-events.js";
import type { Rows } from "../../../projections/projection.js";
import { hashPartsProjection, knownPart } from "../../../projections/views/hash-parts.js";
import type { HashPartsRow } from "../../../projections/views/hash-parts.js";
import { dataContent, largeState } from "../data-state/data-content.js";
import type { DataContent, KnownContent } from "../data-state/data-content.js";
import { DataState } from "../data-state/data-state.js";
import type { DataStateSource } from "../data-state/source.js";
import type { ManagerContext } from "./open-context.js";

/** What a data state is, fixed now; undefined where the log is known to have it. A large one is told as what changed, where that is known. */
export function newDataContent(context: ManagerContext, source: unknown, { digest }: PartDigest): DataContent | undefined {
  if (context.position?.parts.data?.digest === digest) return undefined;
  // Of before the call, and nothing is read for it: what others told meanwhile is told once more.
  const rows = context.host.folded(hashPartsProjection)?.state as Rows<HashPartsRow> | undefined;
  const known: KnownContent = (one) => (rows === undefined ? undefined : knownPart(rows, "data", one)?.content);
  return known(digest) === undefined ? dataContent(stateOf(context, source as DataStateSource), known) : undefined;
}

/** The state itself, or a copy; that of a large one is kept, so that the next one is told as what changed. */
function stateOf(context: ManagerContext, source: DataStateSource): DataState {
  if (source instanceof DataState) return source;
  const state = context.largeState?.become(source) ?? new DataState(source);
  context.largeState = state.size > largeState ? state : undefined;
  return state;
}
