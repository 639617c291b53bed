let brokenPipe: (error: NodeJS.ErrnoException) => void = () => undefined;
let guarded = false;

/** What to do once stdout takes no more, because nobody reads it or its disk is full; replaces what was set before. */
export function onBrokenPipe(callback: (error: NodeJS.ErrnoException) => void): void {
  brokenPipe = callback;
  if (guarded) return;
  guarded = true;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => brokenPipe(error));
}

/** A line for the person at the terminal: stderr. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

const batchLength = 32 * 1024;

/** Lines to stdout, in batches, no faster than they are taken. */
export class LineOutput {
  #batch = "";

  /** Adds a line; waits only when a batch is full and the reader is slow. */
  async line(text: string): Promise<void> {
    this.#batch += `${text}\n`;
    if (this.#batch.length >= batchLength) await this.flush();
  }

  /** Writes what has gathered. */
  async flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = "";
    if (batch !== "") await print(batch);
  }
}

/** Writes text to stdout; resolves once it has been taken. */
export function print(text: string): Promise<void> {
  // After an error nothing more is written: `brokenPipe` decides what follows.
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}

/** Objects to stdout, one JSON line each. */
export async function printJsonLines(values: Iterable<unknown>): Promise<void> {
  const output = new LineOutput();
  for (const value of values) await output.line(JSON.stringify(value));
  await output.flush();
}

/** Resolves once everything written to stdout and stderr is out of this process. */
export async function flushStandardStreams(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.writableLength > 0) await new Promise<void>((resolve) => stream.write("", () => resolve()));
  }
}
