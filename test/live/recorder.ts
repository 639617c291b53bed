import type { Observable, Subscription } from "rxjs";
import { onTestFinished } from "vitest";
import type { RecordedEvent } from "../../src/index.js";

/** A subscriber that keeps what it was given. */
export class Recorder<T> {
  readonly values: T[] = [];
  error: unknown;
  completed = false;
  readonly subscription: Subscription;
  #wake = new Set<() => void>();

  constructor(observable: Observable<T>, onValue?: (value: T, recorder: Recorder<T>) => void) {
    this.subscription = observable.subscribe({
      next: (value) => {
        this.values.push(value);
        onValue?.(value, this);
        this.#look();
      },
      error: (error) => {
        this.error = error;
        this.#look();
      },
      complete: () => {
        this.completed = true;
        this.#look();
      },
    });
    onTestFinished(() => this.subscription.unsubscribe());
  }

  /** Resolves once the check holds; it is made after each notification. Fails after 20 seconds. */
  async until(check: (recorder: this) => boolean): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!check(this)) return;
        this.#wake.delete(look);
        resolve();
      };
      this.#wake.add(look);
      timer = setTimeout(() => reject(new Error(`still waiting; so far: ${JSON.stringify(this.values).slice(0, 500)}, ${String(this.error)}`)), 20_000);
      look();
    });
    clearTimeout(timer);
  }

  #look(): void {
    for (const look of [...this.#wake]) look();
  }
}

/** The seqs of events. */
export const seqsOf = (events: readonly RecordedEvent[]): number[] => events.map(({ seq }) => seq);

/** The whole numbers from `first` to `last`. */
export const range = (first: number, last: number): number[] => Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);

/** `count` events of an application. */
export const ticks = (count: number, stream = "tick/a"): { stream: string; type: string; data: { number: number } }[] =>
  range(1, count).map((number) => ({ stream, type: "tick.counted", data: { number } }));
