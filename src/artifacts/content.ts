import { InvalidOptionError, preview } from "../base/errors.js";
import type { ArtifactSource } from "./artifact-store.js";

/** Content is passed on in pieces of this many bytes. */
const sliceBytes = 1024 * 1024;

/** What a store can be given. @throws InvalidOptionError */
export function checkContent(content: unknown): void {
  if (typeof content === "string" || content instanceof Uint8Array) return;
  const { [Symbol.iterator]: each, [Symbol.asyncIterator]: eachLater } = (typeof content === "object" && content !== null ? content : {}) as Partial<Iterable<unknown> & AsyncIterable<unknown>>;
  // An array of numbers, or of another kind of view, would be taken for chunks and written as something else.
  if (!ArrayBuffer.isView(content) && (typeof each === "function" || typeof eachLater === "function")) return;
  throw new InvalidOptionError("content", `must be bytes, a text or a stream of bytes, not ${preview(content)}`);
}

/**
 * A content in slices. Each is a copy, valid until the next is asked for: what is hashed and what is written are so the same bytes, even while
 * somebody goes on changing the ones that were given. An abort ends it at once, also where the source does not answer.
 * @throws InvalidOptionError for what is no bytes @throws what the source throws, or the reason of the abort
 */
export async function* slicesOf(content: ArtifactSource, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
  const slice = Buffer.allocUnsafe(sliceBytes);
  let filled = 0;
  for await (const chunk of chunksOf(content, signal)) {
    for (let taken = 0; taken < chunk.length; ) {
      const part = chunk.subarray(taken, taken + sliceBytes - filled);
      slice.set(part, filled);
      filled += part.length;
      taken += part.length;
      if (filled < sliceBytes) continue;
      signal?.throwIfAborted();
      yield slice;
      filled = 0;
    }
  }
  signal?.throwIfAborted();
  if (filled > 0) yield slice.subarray(0, filled);
}

async function* chunksOf(content: ArtifactSource, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void, void> {
  signal?.throwIfAborted();
  if (typeof content === "string") yield Buffer.from(content, "utf8");
  else if (content instanceof Uint8Array) yield content;
  else {
    for await (const chunk of untilAborted(content, signal)) {
      if (!(chunk instanceof Uint8Array)) throw new InvalidOptionError("content", `must be a stream of Uint8Arrays, but gave ${preview(chunk)}`);
      yield chunk;
    }
  }
}

/** Goes through a source; an abort does not wait for it. */
async function* untilAborted(source: Iterable<unknown> | AsyncIterable<unknown>, signal: AbortSignal | undefined): AsyncGenerator<unknown, void, void> {
  const iterator: Iterator<unknown> | AsyncIterator<unknown> = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    // What is thrown is whatever the caller gave as the reason.
    onAbort = () => reject(signal?.reason as Error);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
  aborted.catch(() => undefined);
  let finished = false;
  try {
    for (;;) {
      const next = Promise.resolve(iterator.next());
      next.catch(() => undefined);
      const result: IteratorResult<unknown> = await Promise.race([next, aborted]).catch((error: unknown) => {
        finished = signal?.aborted !== true;
        throw error;
      });
      if (result.done === true) {
        finished = true;
        return;
      }
      yield result.value;
    }
  } finally {
    signal?.removeEventListener("abort", onAbort);
    // A source that hangs would hold up whoever waits for its end; it is told, and that is all.
    if (!finished) void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}
