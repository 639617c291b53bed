import type { Daybook } from "../../../daybook.js";
import type { RunName } from "../../../events/names.js";
import { notLiveAmong, untilSomeNotLive } from "../until-not-live.js";

/** More than so many are not waited for at a time: then it is for them to come to an end first. */
const most = 1000;
/** While there is other work, those that are waited for are looked at this often. */
const lookEveryMs = 250;

/** Sets that other processes were at work on, to be visited again once they are not. */
export class RunsElsewhere<Visit extends { readonly session: RunName }> {
  #waiting: Visit[] = [];
  #free: Visit[] = [];
  #lookedAt = -Infinity;
  #looking: Promise<void> | undefined;

  constructor(
    private readonly book: Daybook,
    private readonly signal: AbortSignal,
  ) {}

  /** Those that are not known to be free. */
  get size(): number {
    return this.#waiting.length;
  }

  get isFull(): boolean {
    return this.#waiting.length >= most;
  }

  add(visit: Visit): void {
    this.#waiting.push(visit);
  }

  /** One that no live process holds any more, when there is one. */
  async takeFree(): Promise<Visit | undefined> {
    if (this.#free.length === 0 && this.#waiting.length > 0 && performance.now() - this.#lookedAt >= lookEveryMs) {
      this.#lookedAt = performance.now();
      await this.#look(() => notLiveAmong(this.book, this.#names()));
    }
    return this.#free.shift();
  }

  /** Resolves once one is free. @throws the signal's reason, and what reading throws */
  async untilSomeFree(): Promise<void> {
    if (this.#free.length === 0) await this.#look(() => untilSomeNotLive(this.book, this.#names(), this.signal));
  }

  /** One look for all who ask at the same time. */
  #look(find: () => Promise<ReadonlySet<RunName>>): Promise<void> {
    this.#looking ??= find()
      .then((found) => {
        this.#free.push(...this.#waiting.filter(({ session }) => found.has(session)));
        this.#waiting = this.#waiting.filter(({ session }) => !found.has(session));
      })
      .finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  #names(): RunName[] {
    return this.#waiting.map(({ session }) => session);
  }
}
