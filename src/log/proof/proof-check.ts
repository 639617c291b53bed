import type { Manifest, ManifestEntry } from "../manifest.js";
import type { LogFault, LogVerification, VerifyOptions } from "../port.js";
import { rootPaths } from "../root.js";
import type { LogPlace } from "../segment-walker.js";
import { checkHead } from "./check-head.js";
import { checkCoverage, checkSignatures } from "./check-signatures.js";
import { judgeOf } from "./keys.js";
import type { SignatureJudge } from "./keys.js";
import { readSavedHead } from "./saved-head.js";
import type { SavedHead } from "./saved-head.js";

/** What a check found against a key and a saved head, for the outcome of `verify`. */
export interface Proven {
  readonly faults: readonly LogFault[];
  readonly notes: readonly string[];
  readonly found: Pick<LogVerification, "signed" | "since">;
}

/** The part of `verify` that has to do with a key or a saved head; without either it does nothing. */
export class ProofCheck {
  readonly #judge: SignatureJudge | undefined;
  readonly #head: SavedHead | undefined;

  /** @throws KeyUnreadableError @throws HeadUnreadableError */
  constructor(
    readonly root: string,
    readonly place: LogPlace,
    readonly options: VerifyOptions,
  ) {
    this.#judge = options.key === undefined ? undefined : judgeOf(options.key);
    this.#head = options.since === undefined ? undefined : readSavedHead(options.since);
  }

  /** Whether a sealed segment has to be held against the digest in its line. */
  asksFor(entry: ManifestEntry): boolean {
    return this.#judge !== undefined || (this.#head !== undefined && entry.last <= this.#head.sealed);
  }

  /** @param manifest undefined where it is at fault @throws ReadFailedError */
  async run(manifest: Manifest | undefined, segments: readonly number[], lastSeq: number): Promise<Proven> {
    const head = this.#head === undefined ? undefined : await checkHead({ head: this.#head, place: this.place, manifest, judge: this.#judge, signal: this.options.signal });
    const since = this.#head === undefined ? {} : { since: { seq: this.#head.seq, time: this.#head.time } };
    const judge = this.#judge;
    if (judge === undefined) return { faults: head?.faults ?? [], notes: head?.notes ?? [], found: since };
    const entries = manifest?.entries ?? [];
    const signatures = checkSignatures(this.place.files, rootPaths(this.root).manifest, entries, judge);
    // A head that is signed, and fits the log, covers all before it.
    const to = Math.max(signatures.to, head?.faults.length === 0 ? (this.#head?.seq ?? 0) : 0);
    const coverage = checkCoverage(judge.id, to, lastSeq, segments, entries);
    return {
      faults: [...(head?.faults ?? []), ...signatures.faults, ...coverage.faults],
      notes: [...(head?.notes ?? []), ...signatures.notes, ...coverage.notes],
      found: { ...since, signed: { key: judge.id, to } },
    };
  }
}
