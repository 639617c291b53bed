/** What is kept of a line whose end does not come, in characters. */
const longestLine = 16 * 1024 * 1024;

/** Splits text that comes in pieces into whole lines, whatever the pieces are. A line of more than 16 Mi characters comes in parts: what never ends must not fill the memory. */
export class LineSplitter {
  readonly #take: (line: string) => void;
  readonly #decoder = new TextDecoder();
  #rest = "";

  /** `take` gets each line without its end, LF or CR LF. */
  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  /** The next bytes. */
  push(bytes: Uint8Array): void {
    this.#split(this.#decoder.decode(bytes, { stream: true }));
  }

  /** No more will come: what is left without an end is a line too. */
  end(): void {
    this.#split(this.#decoder.decode());
    this.#takeRest();
  }

  #takeRest(): void {
    const rest = this.#rest;
    this.#rest = "";
    if (rest !== "") this.#take(rest);
  }

  #split(text: string): void {
    if (!text.includes("\n")) {
      this.#rest += text;
      if (this.#rest.length > longestLine) this.#takeRest();
      return;
    }
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#take(line.endsWith("\r") ? line.slice(0, -1) : line);
  }
}
