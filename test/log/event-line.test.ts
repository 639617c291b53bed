/** The reader that cuts lines up against `JSON.parse`, on lines of a writer and on lines that somebody changed. Seeds: see test/support/fast-check-seed.ts. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RecordedEvent } from "../../src/events/recorded-event.js";
import { envelopeLine, envelopeOf, parseEvent } from "../../src/log/envelope.js";
import { EventLineReader } from "../../src/log/event-line.js";
import type { EventFilter } from "../../src/log/port.js";

const name = fc.oneof(fc.constantFrom("run/train/0001", "note/7", 'quo"te', "back\\slash", "grün 🌱", ""), fc.string({ unit: "grapheme", maxLength: 40 }));
const type = fc.oneof({ weight: 3, arbitrary: fc.constantFrom("note.taken", "run.noted", "epoch.ended") }, { weight: 1, arbitrary: name });
const time = fc.date({ min: new Date(0), max: new Date("9999-01-01T00:00:00Z"), noInvalidDate: true }).map((date) => date.toISOString());
const dataKey = fc.oneof(fc.constantFrom("id", "by", "at", "data", "type", "hash", "__proto__"), fc.string({ maxLength: 8 }));
const data = fc.oneof(
  fc.dictionary(dataKey, fc.jsonValue({ maxDepth: 3 })).map((value) => JSON.stringify(value)),
  fc.constantFrom('{"id":"x"}', '{"a":"},\\"by\\":\\"w\\"}"}', '{"a":{"b":[{"id":"y"}]},"c":"}"}', '{"a":{}}', '{"e":"\\\\"}', '{"":"\\u0069d"}'),
);
const staged = fc.record({
  seq: fc.oneof(fc.integer({ min: 1, max: 1e6 }), fc.constantFrom(999_999_999_999_999, 1e15, Number.MAX_SAFE_INTEGER)),
  time,
  stream: name,
  type,
  v: fc.integer({ min: 1, max: 12 }),
  dataText: data,
  by: name,
  at: fc.option(time, { nil: undefined }),
  cause: fc.option(fc.oneof(fc.nat(), name), { nil: undefined }),
  id: fc.option(name, { nil: undefined }),
});
const filters: readonly (EventFilter | undefined)[] = [
  undefined,
  { wants: () => true, withId: false },
  { wants: (one) => one === "note.taken", withId: false },
  { wants: (one) => one === "note.taken", withId: true },
  { wants: () => false, withId: true },
  { wants: () => false, withId: false },
  { wants: () => true, withId: false, stream: "run" },
  { wants: () => true, withId: false, stream: "run/train/0001" },
  { wants: () => true, withId: false, stream: "run/train/000" },
  { wants: () => true, withId: false, stream: "grün 🌱" },
  { wants: () => true, withId: false, stream: 'quo"te' },
  { wants: (one) => one === "note.taken", withId: true, stream: "note/7" },
];

type Staged = typeof staged extends fc.Arbitrary<infer T> ? T : never;

/** The line as the writer puts it together. */
function lineOf({ seq, time: when, by, at, cause, id, ...event }: Staged): string {
  const optional = { ...(at === undefined ? {} : { at }), ...(cause === undefined ? {} : { cause }), ...(id === undefined ? {} : { id }) };
  return envelopeLine({ ...event, data: {}, ...optional }, seq, envelopeOf(when, by, undefined));
}

interface Outcome {
  readonly event?: RecordedEvent | undefined;
  readonly refused?: true;
}

/** What the line holds, by parsing all of it. */
function parsedWhole(text: string, previous: number, gaps: boolean): Outcome {
  try {
    return { event: parseEvent(text, previous, gaps) };
  } catch {
    return { refused: true };
  }
}

/** One for all, because it remembers what it has seen. What the reader makes of the same line, as an ordinary one or as the one that closes its commit. */
const reader = new EventLineReader();

function cutUp(text: string, previous: number, gaps: boolean, filter: EventFilter | undefined, closing: boolean): Outcome {
  // Other bytes around it, and at both ends what could mislead.
  const line = Buffer.from(closing ? `},"id":"x"}\n${text.slice(0, -1)},"sync":0,"hash":"0123456789abcdef"}\n{"seq":` : `},"id":"x"}\n${text}\n{"seq":`, "utf8");
  const start = 12;
  const end = start + Buffer.byteLength(text) - (closing ? 1 : 0);
  reader.begin(previous, gaps, filter);
  try {
    const event = reader.read(line, start, end, closing);
    if (event !== undefined) expect(reader.seq).toBe(event.seq);
    return { event };
  } catch {
    return { refused: true };
  }
}

const inStream = ({ stream }: EventFilter, event: RecordedEvent): boolean => stream === undefined || event.stream === stream || event.stream.startsWith(`${stream}/`);
const wantedBy = (filter: EventFilter | undefined, event: RecordedEvent): boolean =>
  filter === undefined || (inStream(filter, event) && (filter.wants(event.type) || (filter.withId && event.id !== undefined)));

/** Keys in their order, and prototypes: what `toEqual` overlooks. */
const exactly = (event: RecordedEvent | undefined): string | undefined => (event === undefined ? undefined : JSON.stringify(event));

function expectSame(text: string, previous: number, gaps: boolean, closing: boolean): void {
  const whole = parsedWhole(text, previous, gaps);
  for (const filter of filters) {
    const cut = cutUp(text, previous, gaps, filter, closing);
    if (whole.event === undefined) {
      // What is not wanted is not looked at all through; it is never served.
      if (filter === undefined || (filter.wants("") && filter.stream === undefined)) expect(cut).toEqual(whole);
      else expect(cut.event).toBeUndefined();
      continue;
    }
    const wanted = wantedBy(filter, whole.event) ? whole.event : undefined;
    expect(cut).toEqual({ event: wanted });
    expect(exactly(cut.event)).toBe(exactly(wanted));
  }
}

describe("the reader of event lines", () => {
  it("gives what JSON.parse gives, of every line that a writer writes", () => {
    fc.assert(
      fc.property(staged, fc.boolean(), fc.boolean(), (event, gaps, closing) => {
        const text = lineOf(event);
        expectSame(text, event.seq - 1, gaps, closing);
        expectSame(text, Math.max(0, event.seq - 3), gaps, closing);
      }),
      { numRuns: 1000 },
    );
  });

  it("gives what JSON.parse gives, or refuses, of lines that somebody changed", () => {
    const edit = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), cut: fc.nat({ max: 3 }), put: fc.constantFrom("", '"', "}", "{", ",", ":", "\\", " ", "0", "é", '"id":"z",', '},"by":"', "]", "[", "\u0001") });
    fc.assert(
      fc.property(staged, fc.array(edit, { minLength: 1, maxLength: 3 }), fc.boolean(), fc.boolean(), (event, edits, gaps, closing) => {
        let text = lineOf(event);
        for (const { at, cut, put } of edits) {
          const place = Math.floor(at * text.length);
          text = text.slice(0, place) + put + text.slice(place + cut);
        }
        // A closing line's own brace stands behind its hash.
        if (closing && !text.endsWith("}")) text += "}";
        // An edit may have left half of a surrogate pair.
        text = Buffer.from(text, "utf8").toString("utf8");
        fc.pre(!text.includes("\n"));
        expectSame(text, event.seq - 1, gaps, closing);
      }),
      { numRuns: 3000 },
    );
  });

  it("gives what JSON.parse gives, of lines with their keys in any order, unknown ones among them, and with white space", () => {
    const parts = (event: Staged, more: string): string[] => {
      const { seq, time: when, stream, type: kind, v, dataText, by } = event;
      return [
        `"seq":${seq}`,
        `"time":${JSON.stringify(when)}`,
        `"stream":${JSON.stringify(stream)}`,
        `"type":${JSON.stringify(kind)}`,
        `"v":${v}`,
        `"data":${dataText}`,
        `"by":${JSON.stringify(by)}`,
        ...(event.at === undefined ? [] : [`"at":"${event.at}"`]),
        ...(event.cause === undefined ? [] : [`"cause":${JSON.stringify(event.cause)}`]),
        ...(event.id === undefined ? [] : [`"i\\u0064":${JSON.stringify(event.id)}`, `"later":${more}`]),
      ];
    };
    const line = staged.chain((event) => data.chain((more) => fc.tuple(fc.constant(event), fc.shuffledSubarray(parts(event, more), { minLength: 6 }), fc.constantFrom(",", " , ", ",\t"))));
    fc.assert(
      fc.property(line, fc.boolean(), ([event, keys, comma], closing) => expectSame(`{${keys.join(comma)}}`, event.seq - 1, false, closing)),
      { numRuns: 1000 },
    );
  });
});
