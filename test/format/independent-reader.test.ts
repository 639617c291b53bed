import { appendFileSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { openDaybook } from "../../src/index.js";
import { commitEnds } from "../support/commit-ends.js";
import { activeSegment, readAll, segmentFiles, writeSmallLog } from "../support/small-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { craftLog, eventLine } from "./crafted-log.js";
import type { CraftedSegment } from "./crafted-log.js";
import { sha256, xxh3 } from "./independent-files.js";
import type { JsonObject } from "./independent-files.js";
import { readLog } from "./independent-reader.js";
import type { Commit, Reading } from "./independent-reader.js";
import { independentVerdict, libraryVerdict } from "./verdicts.js";
import type { Verdict } from "./verdicts.js";

type Change = { readonly file: string } & (
  | { readonly do: "replace"; readonly offset: number; readonly from: string; readonly to: string }
  | { readonly do: "truncate"; readonly length: number }
  | { readonly do: "append"; readonly bytes: string }
  | { readonly do: "remove" }
);
interface ExampleLog {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly sha256: Readonly<Record<string, string>>;
  readonly commits: readonly Commit[];
  readonly expected: JsonObject;
  readonly events?: readonly JsonObject[];
}
interface Changed {
  readonly name: string;
  readonly log: string;
  readonly changes: readonly Change[];
  readonly expected: JsonObject;
}
interface Vectors {
  readonly format: number;
  readonly xxh3: readonly { readonly text: string; readonly repeat: number; readonly hash: string }[];
  readonly logs: readonly ExampleLog[];
  readonly broken: readonly Changed[];
  readonly manifests: readonly Changed[];
}

const page = readFileSync(new URL("../../docs/format.md", import.meta.url), "utf8");
const vectors = JSON.parse(/^```json vectors\n(.*?)^```$/ms.exec(page)?.[1] ?? "{}") as Vectors;

/** Vectors for which a full check names another place than section 9: the beginning of the segment, or the segment that is missing. */
const otherPlace = new Set(["a closed segment cut between two commits", "a segment in the middle is missing"]);

function writeExample(name: string, changes: readonly Change[] = []): string {
  const root = temporaryFolder();
  for (const [path, text] of Object.entries(vectors.logs.find((log) => log.name === name)?.files ?? {})) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  for (const change of changes) apply(join(root, change.file), change);
  return root;
}

function apply(path: string, change: Change): void {
  if (change.do === "remove") return rmSync(path);
  if (change.do === "truncate") return truncateSync(path, change.length);
  if (change.do === "append") return appendFileSync(path, Buffer.from(change.bytes, "hex"));
  const bytes = readFileSync(path);
  expect(bytes.toString("hex", change.offset, change.offset + change.from.length / 2)).toBe(change.from);
  bytes.write(change.to, change.offset, "hex");
  writeFileSync(path, bytes);
}

/** A reading in the words of the vectors (section 17). */
function verdictOf(root: string, { goodEnd, torn, damage, tooNew, writable }: Reading): JsonObject {
  if (tooNew !== undefined) return { verdict: "too-new", segment: tooNew };
  if (damage !== undefined) return { verdict: "damage", segment: damage.segment, offset: damage.offset, seq: damage.seq };
  if (torn === undefined) return { verdict: "good", ...goodEnd, ...(writable ? {} : { writable }) };
  const digest = sha256(readFileSync(join(root, "log", torn.segment)).subarray(torn.offset));
  const quarantine = `${basename(torn.segment, ".ndjson")}-${torn.offset}-${digest.slice(0, 16)}.bin`;
  return { verdict: "torn", ...goodEnd, bytes: torn.bytes, sha256: digest, quarantine };
}

describe("the vectors of docs/format.md", () => {
  test("are there", () => {
    expect(vectors.format).toBe(1);
    expect([vectors.xxh3, vectors.logs, vectors.broken, vectors.manifests].every((list) => list.length > 0)).toBe(true);
  });

  test("hashes", () => {
    for (const { text, repeat, hash } of vectors.xxh3) expect(xxh3(Buffer.from(text.repeat(repeat)))).toBe(hash);
  });

  test.each(vectors.logs)("log: $name", ({ name, sha256: digests, commits, events, expected }) => {
    const root = writeExample(name);
    for (const [path, digest] of Object.entries(digests)) expect(sha256(readFileSync(join(root, path))), path).toBe(digest);
    const reading = readLog(root);
    expect(verdictOf(root, reading)).toEqual(expected);
    expect(reading.commits).toEqual(commits);
    expect(reading.sealed.faults).toEqual([]);
    if (events !== undefined) expect(reading.events).toEqual(events);
  });

  test.each(vectors.broken)("broken: $name", ({ log, changes, expected }) => {
    const root = writeExample(log, changes);
    expect(verdictOf(root, readLog(root))).toEqual(expected);
  });

  test.each(vectors.manifests)("manifest: $name", ({ log, changes, expected }) => {
    const manifest = readLog(writeExample(log, changes)).manifest;
    const fault = manifest?.fault ?? null;
    const chain = fault === null ? { chain: manifest?.chain } : {};
    expect({ lines: manifest?.lines.length, goodBytes: manifest?.goodBytes, ...chain, fault }).toEqual(expected);
  });

  test.each([...vectors.logs.map(({ name }) => ({ name, log: name, changes: [] })), ...vectors.broken])("the library judges alike: $name", async ({ name, log, changes }) => {
    const root = writeExample(log, changes);
    const mine = independentVerdict(root);
    expect(await libraryVerdict(root)).toEqual(otherPlace.has(name) ? { ...mine, place: expect.any(String) as string } : mine);
  });
});

/** A log of several segments: groups of concurrent appends, text of every kind, runs, and appends that wait for no disk. */
async function writeRealLog(root: string): Promise<void> {
  await using book = await openDaybook(root, { participantId: "w", segmentBytes: 4096 });
  const texts = ["plain", "grün ✓ 🌱", "\u2028\u0001\u007f\r\n\t\"\\", "ſ中文\uFEFF", ',"hash":"0123456789abcdef"}'];
  for (let round = 0; round < 12; round += 1) {
    const group = texts.map((text, index) => ({ stream: `note/${round}`, type: "note.taken", data: { text, index, small: 1e-7, large: 1e21, nested: [null, true, { [text]: -0.5 }] } }));
    await Promise.all(group.map((event) => book.log.append(event, { durability: round % 3 === 0 ? "os" : "fsync" })));
    await book.log.append(group.slice(0, 3), { id: `round-${round}` });
    await book.log.append({ stream: "note/later", type: "note.taken", v: 2, data: {} });
    await book.runs.allocate("train", { params: { lr: 10 ** -round, name: "größe" } });
  }
}

describe("a real log", () => {
  test("is read as the library reads it", async () => {
    const root = temporaryFolder();
    await writeRealLog(root);
    const { events, commits, damage, torn, manifest, sealed, goodEnd } = readLog(root);
    expect({ damage, torn }).toEqual({ damage: undefined, torn: undefined });
    expect(events).toEqual(await readAll(root, { readOnly: true }));
    expect(events.length).toBeGreaterThan(100);
    expect(goodEnd?.seq).toBe(events.length + 1);
    const segments = segmentFiles(root);
    expect(segments.length).toBeGreaterThan(3);
    expect(sealed).toEqual({ checked: segments.length - 1, faults: [] });
    expect(manifest?.fault).toBeUndefined();
    expect(manifest?.lines.map(({ sha256: digest }) => digest)).toEqual(segments.slice(0, -1).map((name) => sha256(readFileSync(join(root, "log", name)))));
    // What the writer promises of `sync` (section 9) and of groups: at least one commit is of several callers.
    expect(commits.every(({ sync, firstSeq }) => sync < firstSeq)).toBe(true);
    expect(commits.length).toBeLessThan(events.length);
  });

  test("cut at every byte of its last three commits: the same good end and the same torn tail", async () => {
    const root = temporaryFolder();
    const book = await openDaybook(root, { participantId: "w" });
    for (const texts of [["a"], ["ü"], ["b", "✓"], ["🌱"]]) await book.log.append(texts.map((text) => ({ stream: "note/1", type: "note.taken", data: { text } })));
    await book.close();
    const segment = activeSegment(root);
    const whole = readFileSync(segment);
    const from = commitEnds(whole).at(-4)?.offset ?? 0;
    for (let length = whole.length; length >= from; length -= 1) {
      truncateSync(segment, length);
      expect(await libraryVerdict(root), `cut at ${length}`).toEqual(independentVerdict(root));
    }
    expect(independentVerdict(root)).toEqual({ verdict: "good", next: 2 });
  });

  test("with one bit flipped: the same verdict at the same place", async () => {
    const root = temporaryFolder();
    await writeSmallLog(root, 26, 4096);
    const found = new Set<string>();
    for (const name of segmentFiles(root)) {
      const segment = join(root, "log", name);
      const whole = readFileSync(segment);
      for (let offset = 0; offset < whole.length; offset += offset < 120 ? 3 : 41) {
        const flipped = Buffer.from(whole);
        flipped.writeUInt8(whole.readUInt8(offset) ^ (1 << (offset * 5) % 8), offset);
        writeFileSync(segment, flipped);
        const verdict = independentVerdict(root);
        expect(await libraryVerdict(root), `${name} byte ${offset}`).toEqual(verdict);
        found.add(verdict.verdict);
      }
      writeFileSync(segment, whole);
    }
    expect([...found].sort()).toEqual(expect.arrayContaining(["damage", "torn"]));
  });
});

const one = (seq: number, sync = 0, line = eventLine(seq)): CraftedSegment["commits"][number] => ({ lines: [line], sync });
const plain = (first: number, ...commits: CraftedSegment["commits"]): CraftedSegment => ({ first, commits });
const bad = (lines: readonly string[]): CraftedSegment[] => [plain(1, one(1), { lines: [eventLine(2), ...lines, eventLine(2 + lines.length + 1)], sync: 0 })];
const rewritten = (header: object, ...commits: CraftedSegment["commits"]): CraftedSegment => ({ first: 1, header: { gen: 1, last: 5, count: 2, end: "00000000000000aa", ...header }, commits });
const after: CraftedSegment = { first: 6, on: "00000000000000aa", commits: [one(6)] };

/**
 * How the library's verdict is known to differ: its head is behind the commit with the bad line ("further"),
 * its full check names another place ("elsewhere"), passes what breaks a rule ("laxer") or refuses more ("stricter").
 */
type LibraryIs = "further" | "elsewhere" | "laxer" | "stricter";

const crafted: readonly { readonly name: string; readonly segments: readonly CraftedSegment[]; readonly verdict: string; readonly library?: LibraryIs }[] = [
  { name: "a line that is no JSON", segments: bad(["{"]), verdict: "damage", library: "further" },
  { name: "a line with a wrong seq", segments: bad([eventLine(9)]), verdict: "damage", library: "laxer" },
  { name: "a line without data", segments: bad([eventLine(3).replace(/"data":\{[^}]*\},/, "")]), verdict: "damage", library: "further" },
  { name: "a line with data that is no object", segments: bad([eventLine(3).replace(/"data":\{[^}]*\}/, '"data":[]')]), verdict: "damage", library: "laxer" },
  { name: "a line whose seq is text", segments: bad([eventLine(3).replace("3", '"3"')]), verdict: "damage", library: "further" },
  { name: "a line with a version 0", segments: bad([eventLine(3).replace('"v":1', '"v":0')]), verdict: "damage", library: "laxer" },
  { name: "a byte order mark", segments: bad([`\uFEFF${eventLine(3)}`]), verdict: "damage", library: "further" },
  { name: "an unknown key", segments: bad([eventLine(3, ',"later":{"a":[1]}')]), verdict: "good" },
  { name: "a type without a dot", segments: bad([eventLine(3).replace("note.taken", "note")]), verdict: "good" },
  { name: "a closing line with a wrong seq", segments: [plain(1, one(1), { lines: [eventLine(2), eventLine(4)], sync: 0 })], verdict: "torn" },
  { name: "a first line with a wrong seq", segments: [plain(1, one(1), one(3, 0), one(4, 3))], verdict: "damage" },
  { name: "a closing line without a time", segments: [plain(1, one(1), one(2, 0, eventLine(2).replace("T23:04:05.123Z", "")))], verdict: "torn" },
  { name: "sync falls from commit to commit: the highest counts", segments: [plain(1, one(1), one(3), one(4, 2), one(5, 0))], verdict: "damage" },
  { name: "one closing line behind the good end, and it is bad: its own sync does not count", segments: [plain(1, one(1), one(3, 2))], verdict: "torn" },
  { name: "a sync above its own commit", segments: [plain(1, one(1), one(2, 7))], verdict: "good", library: "stricter" },
  { name: "time goes back", segments: [plain(1, one(1), one(2, 0, eventLine(2).replace("2026", "2025")))], verdict: "good", library: "stricter" },
  { name: "padding in a closed segment", segments: [{ ...plain(1, one(1)), rest: Buffer.alloc(40) }, plain(2, one(2))], verdict: "good" },
  { name: "padding in the active segment", segments: [plain(1, one(1)), { ...plain(2, one(2)), rest: Buffer.alloc(5000) }], verdict: "good" },
  { name: "a closed segment without an event", segments: [plain(1), plain(2, one(2))], verdict: "damage", library: "elsewhere" },
  { name: "a segment with the number of a seq inside another", segments: [plain(1, one(1), one(2), one(3)), plain(2)], verdict: "good", library: "stricter" },
  { name: "a rewritten segment", segments: [rewritten({}, one(2), one(4)), after], verdict: "good" },
  { name: "a rewritten segment, gaps in a commit", segments: [rewritten({ count: 3 }, { lines: [eventLine(1), eventLine(3), eventLine(5)], sync: 0 }), after], verdict: "good" },
  { name: "a rewritten segment without an event", segments: [rewritten({ count: 0 }), after], verdict: "good" },
  { name: "a rewritten segment with padding", segments: [{ ...rewritten({}, one(2), one(4)), rest: Buffer.alloc(9) }, after], verdict: "good" },
  { name: "a rewritten segment with another count", segments: [rewritten({ count: 3 }, one(2), one(4)), after], verdict: "damage", library: "elsewhere" },
  { name: "a rewritten segment that goes further than its last", segments: [rewritten({}, one(2), one(7)), { ...after, first: 6 }], verdict: "damage", library: "laxer" },
  { name: "a rewritten segment whose seq does not rise", segments: [rewritten({ count: 4 }, { lines: [eventLine(1), eventLine(3), eventLine(3), eventLine(5)], sync: 0 }), after], verdict: "damage", library: "laxer" },
  { name: "a rewritten segment whose commits do not rise", segments: [rewritten({}, one(4), one(2)), after], verdict: "damage" },
  { name: "a rewritten segment without end", segments: [rewritten({ end: undefined }, one(2), one(4)), after], verdict: "damage" },
  { name: "a rewritten segment without gen is a plain one", segments: [rewritten({ gen: undefined }, one(1), one(2)), { ...plain(3, one(3)) }], verdict: "good" },
  { name: "another end than the next segment continues on", segments: [rewritten({ end: "00000000000000ab" }, one(2), one(4)), after], verdict: "damage" },
  { name: "a rewritten active segment", segments: [rewritten({}, one(2), one(4))], verdict: "good" },
  { name: "format 0", segments: [{ ...plain(1, one(1)), header: { daybook: 0 } }], verdict: "damage", library: "laxer" },
  { name: "format 2", segments: [{ ...plain(1, one(1)), header: { daybook: 2, root: "another" } }], verdict: "too-new" },
  { name: "needs of a later segment", segments: [plain(1, one(1)), { ...plain(2, one(2)), header: { needs: ["tiles"] } }], verdict: "too-new" },
  { name: "an empty needs, and unknown keys of the header", segments: [{ ...plain(1, one(1)), header: { needs: [], later: 1 } }], verdict: "good" },
];

/** What the library has to say of a crafted log, as far as it agrees. */
function agreed(mine: Verdict, library: LibraryIs | undefined): Verdict | undefined {
  if (library === undefined) return mine;
  if (library === "further") return { ...mine, next: expect.any(Number) as number };
  return library === "elsewhere" ? { verdict: mine.verdict, next: expect.any(Number) as number, place: expect.any(String) as string } : undefined;
}

describe("logs of a faulty writer, and rewritten ones", () => {
  test.each(crafted)("$name", async ({ segments, verdict, library }) => {
    const root = temporaryFolder();
    craftLog(root, segments);
    const mine = independentVerdict(root);
    expect(mine.verdict).toBe(verdict);
    const theirs = agreed(mine, library);
    if (theirs !== undefined) expect(await libraryVerdict(root)).toEqual(theirs);
  });
});
