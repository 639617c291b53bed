/** A promise that is settled from outside, once. It never rejects. */
export class Deferred<T> {
  readonly promise: Promise<T>;
  #resolve: (value: T) => void = () => undefined;

  constructor() {
    this.promise = new Promise((resolve) => (this.#resolve = resolve));
  }

  /** The first one counts. */
  resolve(value: T): void {
    this.#resolve(value);
  }
}
