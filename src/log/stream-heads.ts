import type { RecordedEvent } from "../events/recorded-event.js";

/** The last seq of every stream and of every prefix of one, by whole segments: `run/train` covers `run/train/0001`. */
export class StreamHeads {
  readonly #heads = new Map<string, number>();

  fold(events: readonly RecordedEvent[]): void {
    for (const { stream, seq } of events) {
      for (let end = stream.indexOf("/"); end !== -1; end = stream.indexOf("/", end + 1)) this.#heads.set(stream.slice(0, end), seq);
      this.#heads.set(stream, seq);
    }
  }

  /** 0 when nothing of it exists. */
  lastSeqOf(stream: string): number {
    return this.#heads.get(stream) ?? 0;
  }
}
