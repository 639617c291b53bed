import type { PartDigest } from "../../../events/checkpoint-events.js";
import { largeState, worthwhileDeltas } from "./data-content.js";
import type { FixedState } from "./data-content.js";
import { DataState } from "./data-state.js";
import type { DataDelta } from "./data-state.js";
import type { DataStateSource } from "./source.js";

/** A data state as it was when it was hashed: whatever becomes of the live one, this stays what it is. */
export interface FixedData extends FixedState {
  readonly part: PartDigest;
}

/**
 * Follows a data state that somebody else changes, by a copy of its own. So what was hashed can be written down later, and as what changed; of a
 * {@link DataState} it takes over only what changed.
 */
export class DataTracker {
  #own: DataState | undefined;
  /** How many changes the copy has seen: it remembers the digests since then. */
  #changes = 0;

  /** Fixes what a source says now. Synchronous: what it says does not change in between. @throws UnhashablePartError naming the place */
  fix(source: DataStateSource): FixedData {
    const deltas = source instanceof DataState ? worthwhileDeltas(source) : [];
    const own = this.#follow(source);
    const { digest } = own;
    const bases = new Set(deltas.map(({ base }) => base));
    return {
      part: own.part,
      digest,
      size: own.size,
      deltas: [...deltas, ...worthwhileDeltas(own).filter(({ base }) => !bases.has(base))],
      // The copy is let go before it has forgotten any digest of its own.
      lines: () => own.linesAt(digest) ?? [],
    };
  }

  #follow(source: DataStateSource): DataState {
    const own = this.#own;
    const delta = own === undefined ? undefined : changesOf(source, own);
    const changes = this.#changes + (delta === undefined ? 0 : delta.lines.length + delta.removed.length);
    if (own === undefined || delta === undefined || changes > Math.max(largeState, own.size) / 4) {
      this.#changes = 0;
      return (this.#own = new DataState(source));
    }
    this.#changes = changes;
    return own.apply(delta);
  }
}

const changesOf = (source: DataStateSource, own: DataState): DataDelta => (source instanceof DataState ? source.changesSince(own.digest) : undefined) ?? own.changesTo(source);
