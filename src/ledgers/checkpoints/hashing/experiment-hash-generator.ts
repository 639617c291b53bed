import { hashParts } from "../../../events/checkpoint-events.js";
import type { HashPart } from "../../../events/checkpoint-events.js";
import { compareHashes } from "./compare-hashes.js";
import { inputsOf } from "./hash-arguments.js";
import type { HashArguments, NamedInputs } from "./hash-arguments.js";
import { hashExperiment } from "./hash-experiment.js";
import type { HashSettings } from "./hash-experiment.js";
import { hashSettings } from "./hash-options.js";
import type { ExperimentHashOptions } from "./hash-options.js";
import { changedParts, lastHashOf, shortOf } from "./last-hash.js";
import type { LastHash, RestoredHashes } from "./last-hash.js";
import { hashOfParts } from "./part-digests.js";

/** The hash of each part, 8 characters each (`00000000`: there is none), and all of them in one. */
export type ComponentHashes = { readonly [part in HashPart | "combined"]: string };

/**
 * Makes experiment hashes: 24 hex digits that say what an experiment is made of, 8 each for the model's architecture, the configuration and the
 * state of the data. Equal inputs give equal hashes, in every process and whatever the order of keys and samples. It remembers the last hash it made,
 * in memory; it touches no disk, so its calls are synchronous.
 */
export class ExperimentHashGenerator {
  readonly #settings: HashSettings;
  #last: LastHash | undefined;

  /** @throws InvalidOptionError */
  constructor(options: ExperimentHashOptions = {}) {
    this.#settings = hashSettings(options);
  }

  /**
   * The hash of an experiment; it is the last hash from now on. A part that is undefined or null is `00000000`. The single-argument form takes the parts by
   * name: `{ model, config, dataState }`, or `activeDataUids` for a data state without discards and tags.
   * @throws UnhashablePartError naming the part and the place in it; the last hash stays
   */
  generateHash(model?: unknown, config?: unknown, dataState?: unknown): string;
  generateHash(inputs: NamedInputs): string;
  generateHash(...given: HashArguments): string {
    const { hash, parts } = hashExperiment(inputsOf(given), this.#settings);
    this.#last = { hash, parts };
    return hash;
  }

  /**
   * Whether an experiment is another one than that of the last hash, and in which parts. A part that is not given any more has changed; when there is no last hash,
   * each part that is given has. Changes nothing: only `generateHash` and `restoreHashes` do. Where the last hash was restored from 8 digits of a part, those
   * decide, else all 128 bits.
   * @throws UnhashablePartError
   */
  hasChanged(model?: unknown, config?: unknown, dataState?: unknown): [boolean, Set<HashPart>];
  hasChanged(inputs: NamedInputs): [boolean, Set<HashPart>];
  hasChanged(...given: HashArguments): [boolean, Set<HashPart>] {
    const changed = changedParts(hashExperiment(inputsOf(given), this.#settings), this.#last);
    return [changed.size > 0, changed];
  }

  /** The parts in which two hashes of 24 characters differ. @throws IncompatibleHashError for anything of another length */
  compareHashes(a: string, b: string): Set<HashPart> {
    return compareHashes(a, b);
  }

  /** The last hash by its parts. Before there is one, all parts are missing. */
  getComponentHashes(): ComponentHashes {
    const [model = "", config = "", data = ""] = hashParts.map((part) => shortOf(this.#last?.parts[part]));
    return { model, config, data, combined: this.#last?.hash ?? hashOfParts({}) };
  }

  /** The last hash that was generated or restored; undefined when there is none. */
  getLastHash(): string | undefined {
    return this.#last?.hash;
  }

  /**
   * Goes on from a hash of earlier: `hasChanged` compares with it. Takes a hash of 24 characters; or parts (`{ model, config, data }`, each 8 characters or a
   * whole digest with its algorithm), of which those that are not given come from the `combined` hash, or are missing.
   * @throws IncompatibleHashError when the whole is not 24 characters long @throws InvalidOptionError when a part contradicts it
   */
  restoreHashes(hashes: RestoredHashes | string, combined?: string): void {
    this.#last = lastHashOf(hashes, combined);
  }
}
