/** The lines of a commit as bytes, against plain strings. Seeds: see test/support/fast-check-seed.ts. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CommitBuffer } from "../../src/log/commit-buffer.js";
import type { BufferMark } from "../../src/log/commit-buffer.js";
import { xxh3 } from "../../src/log/xxh3.js";

const line = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 30 }).map((text) => `{"seq":1,"data":{"t":${JSON.stringify(text)}}}`),
  fc.integer({ min: 1, max: 5000 }).map((length) => `{"seq":2,"data":{"t":"${"ü".repeat(length)}"}}`),
);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("add" as const), text: line }) },
  { weight: 2, arbitrary: fc.constant({ kind: "mark" as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: "back" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "bytes" as const }) },
);
const prefix = fc.oneof(fc.constantFrom('0123456789abcdef"}\n'), fc.integer({ min: 1, max: 600 }).map((length) => Buffer.alloc(length, "h")));

/** What a commit of these lines has to look like. */
function expected(lines: readonly string[], before: Buffer | string, sync: number): { text: string; hash: string } {
  const open = `${lines.join("\n").slice(0, -1)},"sync":${sync}`;
  const hash = xxh3(Buffer.concat([Buffer.from(before), Buffer.from(open, "utf8")]));
  return { text: `${open},"hash":"${hash}"}\n`, hash };
}

describe("a commit's bytes", () => {
  it("are those of its lines, whatever was added, taken back and asked in between, commit after commit", () => {
    const buffer = new CommitBuffer();
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), line, prefix, fc.nat(), (steps, last, before, sync) => {
        buffer.reset();
        let lines: string[] = [];
        let marked: string[] = [];
        const mark: BufferMark = { end: 0, pending: "" };
        buffer.mark(mark);
        for (const one of steps) {
          if (one.kind === "add") {
            buffer.addLine(one.text);
            lines.push(one.text);
          } else if (one.kind === "mark") {
            buffer.mark(mark);
            marked = [...lines];
          } else if (one.kind === "back") {
            buffer.rollbackTo(mark);
            lines = [...marked];
          } else {
            const length = Buffer.byteLength(lines.map((text) => `${text}\n`).join(""));
            expect(buffer.leastBytes).toBeLessThanOrEqual(length);
            expect(buffer.bytes).toBe(length);
          }
        }
        buffer.addLine(last);
        lines.push(last);
        const { bytes, hash } = buffer.close(before, sync);
        const wanted = expected(lines, before, sync);
        expect(bytes.toString("utf8")).toBe(wanted.text);
        expect(hash).toBe(wanted.hash);
      }),
    );
  });

  it("may be many megabytes, and the next commit's are small again", () => {
    const buffer = new CommitBuffer();
    const long = `{"t":"${"x".repeat(5_000_000)}"}`;
    buffer.addLine(long);
    expect(buffer.close("p", 3).bytes.toString("latin1")).toBe(expected([long], "p", 3).text);
    buffer.reset();
    buffer.addLine('{"a":1}');
    expect(buffer.close("p", 4).bytes.toString("latin1")).toBe(expected(['{"a":1}'], "p", 4).text);
  });
});
