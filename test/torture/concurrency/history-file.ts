import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import type { Kind, Operation, OutputOf, Performed } from "./operations.js";

interface Begun {
  readonly op: string;
  readonly kind: Kind;
  readonly input: unknown;
  readonly called: number;
}

interface Ended {
  readonly op: string;
  readonly returned: number;
  readonly output?: unknown;
  /** Code and message of an error that no operation may end with. */
  readonly error?: string;
}

/** An operation that ended in an error it must not end in. */
export interface Refusal {
  readonly op: string;
  readonly kind: Kind;
  readonly error: string;
}

/**
 * What one client did, a line at each beginning and end. Written at once and by itself: what a client has seen is in the file,
 * whenever it is killed. Times are nanoseconds of the machine's monotonic clock since the round began: all processes share it.
 */
export class HistoryFile {
  readonly #fd: number;

  constructor(
    path: string,
    readonly base: bigint,
  ) {
    this.#fd = openSync(path, "wx");
  }

  begin({ op, kind, input }: Operation): void {
    this.#line({ op, kind, input, called: this.#now() } satisfies Begun);
  }

  end(op: string, output: OutputOf<Kind>): void {
    this.#line({ op, output, returned: this.#now() } satisfies Ended);
  }

  fail(op: string, error: string): void {
    this.#line({ op, error, returned: this.#now() } satisfies Ended);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #now(): number {
    return Number(process.hrtime.bigint() - this.base);
  }

  #line(line: Begun | Ended): void {
    writeSync(this.#fd, `${JSON.stringify(line)}\n`);
  }
}

/** Reads a history; a last line that was not finished is left out, as is all of a client that never began. */
export function readHistory(path: string, client: string): { readonly performed: Performed[]; readonly refused: Refusal[] } {
  const begun = new Map<string, Begun>();
  const ended = new Map<string, Ended>();
  for (const line of textOf(path).split("\n").slice(0, -1)) {
    const entry = JSON.parse(line) as Begun | Ended;
    if ("called" in entry) begun.set(entry.op, entry);
    else ended.set(entry.op, entry);
  }
  const performed: Performed[] = [];
  const refused: Refusal[] = [];
  for (const { op, kind, input, called } of begun.values()) {
    const end = ended.get(op);
    if (end?.error !== undefined) refused.push({ op, kind, error: end.error });
    // Nobody knows what an operation did that failed: for the checks it never returned.
    const returned = end === undefined || end.error !== undefined ? Infinity : end.returned;
    performed.push({ kind, op, client, input, output: end?.output, called, returned } as Performed);
  }
  return { performed, refused };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
