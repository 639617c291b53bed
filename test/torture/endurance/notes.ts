import { closeSync, openSync, readFileSync, readdirSync, writeSync } from "node:fs";
import { join } from "node:path";

/** Something that a process was told by the log: an append acknowledged, an append refused, a metric acknowledged. */
export type Note =
  | { readonly kind: "acknowledged"; readonly by: string; readonly number: number; readonly firstSeq: number; readonly lastSeq: number }
  | { readonly kind: "refused"; readonly by: string; readonly number: number }
  | { readonly kind: "metric"; readonly by: string; readonly number: number };

/** Notes of one process, straight into a file: kept in memory they would look like a leak. */
export class Notes {
  readonly #fd: number;

  constructor(folder: string, by: string) {
    this.#fd = openSync(join(folder, `${by}.notes`), "a");
  }

  acknowledged(number: number, firstSeq: number, lastSeq: number): void {
    writeSync(this.#fd, `a ${number} ${firstSeq} ${lastSeq}\n`);
  }

  refused(number: number): void {
    writeSync(this.#fd, `r ${number}\n`);
  }

  metric(number: number): void {
    writeSync(this.#fd, `m ${number}\n`);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** The notes of all processes. */
export function* readNotes(folder: string): Generator<Note> {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".notes"))) {
    const by = file.slice(0, -".notes".length);
    for (const line of readFileSync(join(folder, file), "utf8").split("\n").slice(0, -1)) {
      const [kind, number = NaN, firstSeq = NaN, lastSeq = NaN] = line.split(" ").map((part, index) => (index === 0 ? part : Number(part))) as [string, number?, number?, number?];
      if (kind === "a") yield { kind: "acknowledged", by, number, firstSeq, lastSeq };
      else yield { kind: kind === "r" ? "refused" : "metric", by, number };
    }
  }
}
