/** Splits text that comes in pieces into whole lines, whatever the pieces are. */
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
    const last = this.#rest;
    this.#rest = "";
    if (last !== "") this.#take(last);
  }

  #split(text: string): void {
    if (!text.includes("\n")) {
      this.#rest += text;
      return;
    }
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#take(line.endsWith("\r") ? line.slice(0, -1) : line);
  }
}
