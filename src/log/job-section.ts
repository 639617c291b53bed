import type { AppendContext, AppendEvent, AppendResult, CommitParticipant, Head, LogSection } from "./port.js";
import type { Staging } from "./staging.js";

/** What a section needs of the place that commits go to. */
export interface SectionStore {
  announcement(): AppendEvent | undefined;
  lastSeqOf(stream: string): number;
}

/** The exclusive section of one commit, as its jobs see it, one after another. */
export class JobSection implements LogSection {
  readonly #store: SectionStore;
  readonly #staging: Staging;
  readonly #participant: CommitParticipant | undefined;
  /** Whose turn it is. */
  #context: AppendContext;

  constructor(store: SectionStore, staging: Staging, participant: CommitParticipant | undefined, context: AppendContext) {
    this.#store = store;
    this.#staging = staging;
    this.#participant = participant;
    this.#context = context;
  }

  /** The next job's turn. */
  enter(context: AppendContext): this {
    this.#context = context;
    return this;
  }

  get head(): Head {
    const { seq, time, base } = this.#staging;
    return { seq, time, token: base.token };
  }

  lastSeqOf(stream: string): number {
    return this.#staging.lastSeqOf(stream) ?? this.#store.lastSeqOf(stream);
  }

  append(events: readonly AppendEvent[]): AppendResult {
    const news = events.length > 0 && this.#staging.isEmpty ? this.#store.announcement() : undefined;
    // First in its commit, by the same clock: its time would vouch for one that has jumped.
    if (news !== undefined) this.#stage([news], this.#context);
    return this.#stage(events, this.#context);
  }

  #stage(events: readonly AppendEvent[], context: AppendContext): AppendResult {
    const staging = this.#staging;
    const before = staging.seq;
    const result = staging.add(events, context);
    this.#participant?.staged(staging.recordedAfter(before));
    return result;
  }
}
