import { duration } from "./format.js";

/** Work that is still to be done, by row: how long a round takes, guessed at first and then measured. */
interface Pending {
  rounds: number;
  seconds: number;
}

/** One line on the standard error that says what is going on and how long it will take. */
export class Progress {
  readonly #pending = new Map<string, Pending>();

  constructor(readonly stream: NodeJS.WriteStream) {}

  plan(row: string, rounds: number, seconds: number): void {
    this.#pending.set(row, { rounds, seconds });
  }

  /** A round of a row is over. */
  done(row: string, seconds: number): void {
    const pending = this.#pending.get(row);
    if (pending === undefined) return;
    pending.rounds -= 1;
    pending.seconds = seconds;
    if (pending.rounds === 0) this.#pending.delete(row);
  }

  tell(what: string): void {
    const left = [...this.#pending.values()].reduce((sum, { rounds, seconds }) => sum + rounds * seconds, 0);
    const line = `${what}  (about ${duration(left)} left)`;
    if (this.stream.isTTY) this.stream.write(`\r\x1b[K${line.slice(0, this.stream.columns - 1)}`);
    else this.stream.write(`${line}\n`);
  }

  clear(): void {
    if (this.stream.isTTY) this.stream.write("\r\x1b[K");
  }
}
