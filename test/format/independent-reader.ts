/**
 * A reader of daybook logs, written from docs/format.md alone: proof that the page is enough to write one. The sections
 * named are those of that page. It judges what is on the disk, with no writer under way (section 17), and so takes no lock.
 */
import { LF, TooNew, isInteger, isObject, parseObject, readHeader, readInfo, readManifest, sealedProblem, segmentBytes, segmentName, segmentsOf, xxh3 } from "./independent-files.js";
import type { Header, Info, JsonObject, Manifest } from "./independent-files.js";

/** A place that was durable and is not as it was written (section 9). */
export interface Damage {
  readonly segment: string;
  readonly offset: number;
  readonly seq: number;
  readonly problem: string;
}

export interface TornTail {
  readonly segment: string;
  readonly offset: number;
  readonly bytes: number;
}

/** The good end of the log; `seq` is the first one behind it (section 17). */
export interface GoodEnd {
  readonly segment: string;
  readonly offset: number;
  readonly seq: number;
  readonly hash: string;
}

/** A good commit: offsets in its segment, ends exclusive, and the range of its hash (section 8). */
export interface Commit {
  readonly segment: string;
  readonly start: number;
  readonly end: number;
  readonly hashStart: number;
  readonly hashEnd: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly events: number;
  readonly sync: number;
  readonly hash: string;
}

/** What a log folder holds. */
export interface Reading {
  readonly events: JsonObject[];
  readonly commits: Commit[];
  goodEnd: GoodEnd | undefined;
  torn: TornTail | undefined;
  damage: Damage | undefined;
  /** The file with a format or a feature that this reader does not know. */
  tooNew: string | undefined;
  /** False where `writes` has a name (section 5). */
  writable: boolean;
  manifest: Manifest | undefined;
  /** How many sealed segments were held against the manifest, and what did not fit (section 10). */
  sealed: { readonly checked: number; readonly faults: readonly Damage[] };
}

const EVENT_LINE = 16_777_216;
const COMMIT = 67_108_864;
const SEGMENT = 2_147_483_648;
/** `,"hash":"` 16 digits `"}` LF, and what of it the next hash begins with (sections 7 and 8). */
const CLOSING = 28;
const CHAINED = 19;

/** Reads all of a log folder, from the first event on (section 12). */
export function readLog(root: string): Reading {
  const reading: Reading = {
    events: [], commits: [], goodEnd: undefined, torn: undefined, damage: undefined, tooNew: undefined,
    writable: true, manifest: undefined, sealed: { checked: 0, faults: [] },
  };
  try {
    readInto(reading, root);
  } catch (error) {
    if (!(error instanceof TooNew)) throw error;
    reading.tooNew = error.file;
  }
  return reading;
}

function readInto(reading: Reading, root: string): void {
  const info = readInfo(root);
  const segments = segmentsOf(root);
  if (info === undefined && segments.length === 0) throw new Error(`${root} is no daybook`);
  if (info === undefined) return damage(reading, segments[0] ?? 1, 0, 1, "there is no daybook.json that names the root");
  reading.writable = info.writes.length === 0;
  const manifest = (reading.manifest = readManifest(root, info));
  if (segments[0] !== 1) {
    if (segments.length > 0 || manifest.lines.length > 0) damage(reading, 1, 0, 1, "the first segment is missing");
  } else {
    const walk: Walk = { reading, root, info, segments, manifest };
    let next: Link | undefined = { first: 1, on: xxh3(Buffer.from(info.root)) };
    while (next !== undefined) next = readSegment(walk, next);
  }
  reading.sealed = checkSealed(root, manifest, segments);
}

function damage(reading: Reading, segment: number, offset: number, seq: number, problem: string): void {
  reading.damage = { segment: segmentName(segment), offset, seq, problem };
}

function checkSealed(root: string, manifest: Manifest, segments: readonly number[]): Reading["sealed"] {
  const faults = manifest.lines.flatMap((line) => {
    const problem = sealedProblem(root, line);
    return problem === undefined ? [] : [{ segment: segmentName(line.first), offset: 0, seq: line.first, problem }];
  });
  const next = (manifest.lines.at(-1)?.last ?? 0) + 1;
  const missing = next > 1 && !segments.includes(next) ? [{ segment: segmentName(next), offset: 0, seq: next, problem: "the segment that follows the last sealed one is missing" }] : [];
  return { checked: manifest.lines.length, faults: [...faults, ...missing] };
}

interface Walk {
  readonly reading: Reading;
  readonly root: string;
  readonly info: Info;
  readonly segments: readonly number[];
  readonly manifest: Manifest;
}

/** A segment and the hash that it has to continue on. */
interface Link {
  readonly first: number;
  readonly on: string;
}

/** How far a segment is good: offset, last seq, last hash, where the range of the next hash begins, events so far. */
interface Place {
  readonly end: number;
  readonly seq: number;
  readonly hash: string;
  readonly from: number;
  readonly events: number;
}

/** Reads one segment, and returns the one to go on with (section 12). */
function readSegment(walk: Walk, { first, on }: Link): Link | undefined {
  const { reading } = walk;
  const bytes = segmentBytes(walk.root, first);
  if (bytes === undefined) return void damage(reading, first, 0, first, "cannot be decompressed");
  const header = readHeader(bytes, walk.info, first, on);
  if (header === undefined) return void damage(reading, first, 0, first, "bad header");
  if (first === walk.segments.at(-1) && header.writes.length > 0) reading.writable = false;
  let place: Place = { end: header.start, seq: first - 1, hash: on, from: 0, events: 0 };
  for (;;) {
    reading.goodEnd = { segment: segmentName(first), offset: place.end, seq: place.seq + 1, hash: place.hash };
    const found = scan(bytes, first, place, header);
    if (found === "nothing") return leave(walk, first, header, place);
    if (found === "bad") return void judge(walk, first, bytes, place);
    const events = eventsOf(bytes, found, place.seq, header);
    if (!Array.isArray(events)) return void damage(reading, first, events.offset, events.seq, "a line of a good commit is no event");
    reading.commits.push(found);
    for (const event of events) reading.events.push(event);
    place = { end: found.end, seq: found.lastSeq, hash: found.hash, from: found.end - CHAINED, events: place.events + found.events };
  }
}

/** Torn tail or damage: does anything say that the seq behind the good end was durable? (section 9) */
function judge({ reading, segments, manifest }: Walk, first: number, bytes: Buffer, { end, seq }: Place): void {
  const vouched = bytes.length > SEGMENT || hasLater(segments, first, seq) || sealedBeyond(manifest, segments, seq) || highestSync(bytes, end) > seq;
  if (vouched) damage(reading, first, end, seq + 1, "a commit that was durable is bad");
  else reading.torn = { segment: segmentName(first), offset: end, bytes: bytes.length - end };
}

/** Section 9, the second that vouches: a sealed segment goes further than `seq`, or ends there and its successor is gone. */
const sealedBeyond = ({ lines }: Manifest, segments: readonly number[], seq: number): boolean =>
  lines.some(({ last }) => last > seq || (last === seq && !segments.includes(seq + 1)));

/** Section 9, the first that vouches. */
const hasLater = (segments: readonly number[], first: number, seq: number): boolean => segments.some((number) => number > seq && number > first);

/** At the end of a segment without a fault: the next one, the end of the log, or a hole in the row (section 12). */
function leave({ reading, segments, manifest }: Walk, first: number, { rewritten }: Header, { end, seq, hash, events }: Place): Link | undefined {
  if (rewritten !== undefined && events !== rewritten.count) return void damage(reading, first, end, seq + 1, "not as many events as the header says");
  const next = (rewritten?.last ?? seq) + 1;
  if (next > first && segments.includes(next)) return { first: next, on: rewritten?.end ?? hash };
  if (hasLater(segments, first, seq) || sealedBeyond(manifest, segments, next - 1)) damage(reading, first, end, seq + 1, "what came next is missing");
  return undefined;
}

/** The commit at a place, by its bytes alone: good, bad, or nothing more (`scan` of section 12, rules of section 8). */
function scan(bytes: Buffer, first: number, { end: start, seq, from }: Place, { rewritten }: Header): Commit | "bad" | "nothing" {
  if (start === bytes.length || (bytes[start] === 0 && bytes.subarray(start).every((byte) => byte === 0))) return "nothing";
  const { events, end } = endOfCommit(bytes, start);
  if (end === undefined) return "bad";
  const hash = digitsAt(bytes, end);
  const hashEnd = end - CLOSING;
  if (xxh3(bytes.subarray(from, hashEnd)) !== hash) return "bad";
  const closing = bytes.subarray(bytes.lastIndexOf(LF, end - 2) + 1, end);
  const firstSeq = seqAt(bytes, start);
  const lastSeq = seqAt(closing, 0);
  const sync = syncOf(closing);
  if (firstSeq === undefined || lastSeq === undefined || sync === undefined || !/^\{"seq":[0-9]+,"time":"[^"]{24}"/.test(closing.toString("latin1"))) return "bad";
  const fits = rewritten === undefined ? firstSeq === seq + 1 && lastSeq === seq + events : firstSeq > seq && lastSeq >= firstSeq + events - 1;
  return fits ? { segment: segmentName(first), start, end, hashStart: from, hashEnd, firstSeq, lastSeq, events, sync, hash } : "bad";
}

/** Offset behind the closing line from `start` on, and the number of lines up to it; none where a limit of section 2 is passed. */
function endOfCommit(bytes: Buffer, start: number): { readonly events: number; readonly end: number | undefined } {
  let line = start;
  for (let events = 1; ; events += 1) {
    const end = bytes.indexOf(LF, line) + 1;
    if (end === 0 || end - line > EVENT_LINE || end - start > COMMIT) return { events, end: undefined };
    if (closes(bytes, line, end)) return { events, end };
    line = end;
  }
}

/** Section 7: by the last 28 bytes. */
const closes = (bytes: Buffer, line: number, end: number): boolean =>
  end - line >= CLOSING && /^,"hash":"[0-9a-f]{16}"\}\n$/.test(bytes.toString("latin1", end - CLOSING, end));

/** The hash in the closing line that ends at `end`. */
const digitsAt = (bytes: Buffer, end: number): string => bytes.toString("latin1", end - CHAINED, end - CHAINED + 16);

/** The seq that a line begins with (section 6). */
function seqAt(bytes: Buffer, line: number): number | undefined {
  const digits = /^\{"seq":([1-9][0-9]{0,15}),"time":"/.exec(bytes.toString("latin1", line, line + 40))?.[1];
  return isInteger(Number(digits), 1) ? Number(digits) : undefined;
}

/** The `sync` directly before the hash of a closing line (section 9). */
function syncOf(closing: Buffer): number | undefined {
  const before = closing.toString("latin1", 0, closing.length - CLOSING);
  const digits = /^\{"seq":[0-9]/.test(before) ? /,"sync":([0-9]{1,16})$/.exec(before.slice(-32))?.[1] : undefined;
  return digits === undefined ? undefined : Number(digits);
}

/** The highest `sync` of the commits behind a bad place that are good on their own (`vouched` of section 12). */
function highestSync(bytes: Buffer, from: number): number {
  let highest = 0;
  let before: number | undefined;
  for (let line = from, end = bytes.indexOf(LF, from) + 1; end !== 0; line = end, end = bytes.indexOf(LF, line) + 1) {
    if (!closes(bytes, line, end)) continue;
    const good = before !== undefined && end - line <= EVENT_LINE && end - before <= COMMIT && xxh3(bytes.subarray(before - CHAINED, end - CLOSING)) === digitsAt(bytes, end);
    if (good) highest = Math.max(highest, syncOf(bytes.subarray(line, end)) ?? 0);
    before = end;
  }
  return highest;
}

/** The events of a good commit, or the place of the first line that is none (section 8, end). */
function eventsOf(bytes: Buffer, commit: Commit, seqBefore: number, { rewritten }: Header): JsonObject[] | { readonly offset: number; readonly seq: number } {
  const events: JsonObject[] = [];
  let seq = seqBefore;
  for (let line = commit.start, end = line; line < commit.end; line = end) {
    end = bytes.indexOf(LF, line) + 1;
    const json = parseObject(bytes.subarray(line, end));
    if (json === undefined || !isEvent(json)) return { offset: line, seq: seq + 1 };
    const inPlace = rewritten === undefined ? json.seq === seq + 1 : json.seq > seq && json.seq <= rewritten.last;
    if (!inPlace) return { offset: line, seq: seq + 1 };
    seq = json.seq;
    events.push(Object.fromEntries(Object.entries(json).filter(([key]) => key !== "sync" && key !== "hash")));
  }
  return events;
}

/** Section 6: the keys that are always there. */
const isEvent = (json: JsonObject): json is JsonObject & { readonly seq: number } =>
  isInteger(json.seq, 1) && isInteger(json.v, 1) && isObject(json.data) && ["time", "stream", "type", "by"].every((key) => typeof json[key] === "string");
