import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Transform } from "node:stream";
import { parse } from "ndjson";
import { ImportUnreadableError, InvalidOptionError, preview } from "../../base/errors.js";
import { maxLineBytes } from "../../events/limits.js";

/** One line that is not empty, parsed; of events given as objects, the object. */
export interface SourceLine {
  /** From 1. */
  readonly number: number;
  readonly value: unknown;
}

/** Some lines, and how many bytes have been read up to their end. */
export interface SourcePart {
  readonly lines: readonly SourceLine[];
  readonly bytes: number;
  /** The first line behind these that cannot be read. Nothing follows. */
  readonly fault?: ImportUnreadableError;
}

/** What there is to read. */
export interface OpenSource {
  readonly name: string;
  /** Bytes in all, where that is known. */
  readonly totalBytes: number | undefined;
  readonly chunks: AsyncIterable<unknown> | Iterable<unknown>;
}

/** A line of the log, and what CloudEvents say more of it. */
const maxBytes = maxLineBytes + 64 * 1024;

/** Opens a file by its path, or takes what can be iterated. @throws InvalidOptionError @throws the system's error for a file that cannot be opened */
export async function openSource(source: unknown, name?: string): Promise<OpenSource> {
  if (typeof source === "string" || source instanceof URL) {
    if (source === "" || (typeof source === "string" && source.includes("\0"))) throw new InvalidOptionError("source", `must be the path of a file, not ${preview(source)}`);
    const { size } = await stat(source);
    return { name: name ?? String(source), totalBytes: size, chunks: createReadStream(source, { highWaterMark: 256 * 1024 }) };
  }
  if (typeof source === "object" && source !== null && (Symbol.asyncIterator in source || Symbol.iterator in source)) {
    return { name: name ?? "the events given", totalBytes: undefined, chunks: source as AsyncIterable<unknown> };
  }
  throw new InvalidOptionError("source", `must be the path of a file, or give its chunks or events when it is iterated, not ${preview(source)}`);
}

/** Reads lines no faster than they are taken. A line that cannot be read ends them; what the source itself throws is passed on. */
export async function* sourceParts({ name, chunks }: OpenSource): AsyncGenerator<SourcePart> {
  const reader = new LineReader(name);
  for await (const chunk of chunks) {
    const part = reader.take(chunk);
    yield part;
    if (part.fault !== undefined) return;
  }
  yield reader.end();
}

/** Cuts bytes into lines, and has them parsed. */
class LineReader {
  readonly #parser = new LineParser();
  #pieces: Uint8Array[] = [];
  #pending = 0;
  #number = 0;
  #bytes = 0;
  /** The first half of a character that two texts share. */
  #half = "";

  constructor(readonly name: string) {}

  take(chunk: unknown): SourcePart {
    if (typeof chunk === "string" || chunk instanceof Uint8Array) return this.#split(typeof chunk === "string" ? this.#encoded(chunk) : chunk);
    this.#number += 1;
    return { lines: [{ number: this.#number, value: chunk }], bytes: this.#bytes };
  }

  end(): SourcePart {
    // Half a character is none, and no byte of UTF-8 either.
    if (this.#half !== "") this.#pending = this.#pieces.push(Buffer.of(0xff));
    const texts: LineText[] = [];
    const fault = this.#pending === 0 ? undefined : this.#line(new Uint8Array(0), texts);
    return this.#part(texts, fault);
  }

  #split(chunk: Uint8Array): SourcePart {
    const texts: LineText[] = [];
    let start = 0;
    let fault: ImportUnreadableError | undefined;
    for (let end = chunk.indexOf(0x0a); end !== -1 && fault === undefined; end = chunk.indexOf(0x0a, start)) {
      fault = this.#line(chunk.subarray(start, end), texts);
      start = end + 1;
    }
    this.#bytes += chunk.length;
    if (start < chunk.length) {
      this.#pieces.push(chunk.subarray(start));
      this.#pending += chunk.length - start;
    }
    if (fault === undefined && this.#pending > maxBytes) fault = this.#fault(this.#number + 1, `it is longer than ${maxBytes} bytes`);
    return this.#part(texts, fault);
  }

  /** Parses lines; `fault` is that of the line behind them. */
  #part(texts: readonly LineText[], fault: ImportUnreadableError | undefined): SourcePart {
    const { values, problem } = this.#parser.parse(texts.map(({ text }) => text));
    const lines = values.map((value, index) => ({ number: (texts[index] as LineText).number, value }));
    const first = problem === undefined ? fault : this.#fault((texts[values.length] as LineText).number, `it is not JSON: ${problem}`);
    return { lines, bytes: this.#bytes, ...(first === undefined ? {} : { fault: first }) };
  }

  #line(last: Uint8Array, texts: LineText[]): ImportUnreadableError | undefined {
    const bytes = this.#pending === 0 ? last : Buffer.concat([...this.#pieces, last]);
    this.#pieces = [];
    this.#pending = 0;
    this.#number += 1;
    if (bytes.length > maxBytes) return this.#fault(this.#number, `it is longer than ${maxBytes} bytes`);
    // The end of a segment that somebody still writes to, or did when they were stopped.
    if (bytes[0] === 0 && bytes.every((byte) => byte === 0)) return undefined;
    // What is no UTF-8 would come over as other names, without a word.
    if (!isUtf8(bytes)) return this.#fault(this.#number, "it is not UTF-8");
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8").replace(/^\uFEFF/, "").trim();
    if (text !== "") texts.push({ number: this.#number, text });
    return undefined;
  }

  #encoded(text: string): Uint8Array {
    const whole = this.#half + text;
    const cut = /[\uD800-\uDBFF]$/.test(whole) ? whole.length - 1 : whole.length;
    this.#half = whole.slice(cut);
    return Buffer.from(whole.slice(0, cut), "utf8");
  }

  #fault(line: number, problem: string): ImportUnreadableError {
    return new ImportUnreadableError(this.name, line, problem);
  }
}

/** A line that is not empty. */
interface LineText {
  readonly number: number;
  readonly text: string;
}

/** The stream codec, some lines at a time: so it is known which line it speaks of. */
class LineParser {
  readonly #codec = parse() as unknown as Transform;
  #failed = false;

  constructor() {
    this.#codec.on("error", () => (this.#failed = true));
  }

  /** The values of the lines before the first one that is none, and what is wrong with that. */
  parse(texts: readonly string[]): { readonly values: readonly unknown[]; readonly problem?: string } {
    if (texts.length === 0) return { values: [] };
    // To a stream of objects, null is its end.
    if (texts.includes("null")) return parseEach(texts);
    this.#failed = false;
    this.#codec.write(`${texts.join("\n")}\n`);
    const values: unknown[] = [];
    for (let value: unknown = this.#codec.read(); value !== null; value = this.#codec.read()) values.push(value);
    // It does not say which line, nor why.
    return this.#failed ? parseEach(texts) : { values };
  }
}

function parseEach(texts: readonly string[]): { readonly values: readonly unknown[]; readonly problem?: string } {
  const values: unknown[] = [];
  try {
    for (const text of texts) values.push(JSON.parse(text));
  } catch (error) {
    return { values, problem: error instanceof Error ? error.message : String(error) };
  }
  return { values };
}
