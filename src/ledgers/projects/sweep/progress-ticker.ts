const everyMs = 100;
/** Without news the elapsed and the remaining time still go on. */
const atLeastEveryMs = 1000;

/** Tells of progress now and then: at most every 100 ms when there is news, at least every second, and at the end. */
export class ProgressTicker {
  #news = false;
  #toldAt = performance.now();
  readonly #timer: NodeJS.Timeout | undefined;

  /** `tell` must not throw. */
  constructor(private readonly tell: (() => void) | undefined) {
    if (tell === undefined) return;
    // Not kept alive by this: work that waits for nothing the process knows of ends with it.
    this.#timer = setInterval(() => this.#look(), everyMs).unref();
  }

  /** There is something new to tell. */
  touch(): void {
    this.#news = true;
  }

  /** The last word. */
  end(): void {
    clearInterval(this.#timer);
    this.tell?.();
  }

  #look(): void {
    const now = performance.now();
    if (!this.#news && now - this.#toldAt < atLeastEveryMs) return;
    this.#news = false;
    this.#toldAt = now;
    this.tell?.();
  }
}
