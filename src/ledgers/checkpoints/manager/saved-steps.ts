/** Where steps are saved to. */
interface Saver {
  readonly currentHash: string | undefined;
  /** How often something was loaded: training may go over the same steps again after that. */
  readonly loads: number;
}

/** Which steps were saved, or are just being: each once under a hash, until something is loaded. */
export class SavedSteps {
  #steps = new Set<string>();
  #loads = 0;
  /** The last one that was saved. */
  last: number | undefined;

  /** False when it was saved already. */
  begin(saver: Saver, step: number): boolean {
    if (saver.loads !== this.#loads) this.#steps.clear();
    this.#loads = saver.loads;
    const key = keyOf(saver, step);
    if (this.#steps.has(key)) return false;
    // Steps rise; those of long ago come again only after a load.
    if (this.#steps.size > 10_000) this.#steps.clear();
    this.#steps.add(key);
    return true;
  }

  /** Also under the hash that came about by saving. */
  done(saver: Saver, step: number): void {
    this.last = step;
    this.#steps.add(keyOf(saver, step));
  }

  failed(saver: Saver, step: number): void {
    this.#steps.delete(keyOf(saver, step));
    this.#steps.delete(keyOf({ currentHash: undefined }, step));
  }
}

const keyOf = ({ currentHash = "" }: Pick<Saver, "currentHash">, step: number): string => `${currentHash}/${step}`;
