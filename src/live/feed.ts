/** Something that is pulled for what is new. One `next` at a time. */
export interface Feed<T> {
  /** The next values, in order; waits for them. Undefined once closed, by its reader or with its daybook. Rejects at most once: it is closed then. */
  next(): Promise<readonly T[] | undefined>;
  /** Frees everything at once, also while `next` waits. Twice is once. */
  close(): void;
  readonly closed: boolean;
}
