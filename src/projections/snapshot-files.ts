import * as path from "node:path";
import { WriteFailedError } from "../base/errors.js";
import type { Json } from "../events/recorded-event.js";
import { closeQuietly, readFully, readSmallFile, readWholeFile, writeFully } from "../log/file-system.js";
import type { LogFileSystem } from "../log/file-system.js";
import { nodeCrypto } from "../log/node-crypto.js";
import type { Cursor } from "../log/port.js";
import { xxh3, xxh3OfParts } from "../log/xxh3.js";
import type { Projection } from "./projection.js";
import type { Snapshot, SnapshotRows, SnapshotStore } from "./snapshot.js";

const snapshotFormat = 1;
/** Enough for the first line of a snapshot. */
const maxHeaderBytes = 4096;
/** Of one projection and version; the older one serves when the newest turns out not to match. */
const keptSnapshots = 2;
const fileName = /^v([0-9]+)-([0-9]{20})\.ndjson$/;

interface SnapshotHeader {
  readonly snapshot: number;
  readonly root: string;
  readonly projection: string;
  readonly version: number;
  readonly seq: number;
  readonly token: string;
  readonly hint?: string;
  readonly unknown: number;
}

/**
 * Snapshots as files: `snapshots/NAME/vVERSION-SEQ.ndjson`. A header line, one line `["key",row]` per row, and a last line
 * with the XXH3-64 of everything before it. Written to a temporary name and renamed.
 */
export class SnapshotFiles implements SnapshotStore {
  constructor(
    readonly files: LogFileSystem,
    readonly folder: string,
    /** Root id: snapshots of another root are ignored. */
    readonly root: string,
  ) {}

  *load(projection: string, version: number): Iterable<Snapshot> {
    for (const name of this.#names(projection, version).reverse()) {
      const snapshot = this.#read(projection, version, name);
      if (typeof snapshot !== "string") yield snapshot;
    }
  }

  /** Where the newest snapshot of each projection stands, by its header alone: for whoever looks before trusting it. */
  *places(projections: Iterable<Pick<Projection, "name" | "version">>): Iterable<Cursor> {
    for (const { name, version } of projections) {
      const newest = this.#names(name, version).at(-1);
      const header = newest === undefined ? undefined : readHeaderOf(this.files, path.join(this.folder, name, newest));
      if (header?.root === this.root) yield cursorOf(header);
    }
  }

  *unusable(projection: string, version: number): Iterable<string> {
    for (const name of this.#names(projection, version)) {
      const problem = this.#read(projection, version, name);
      if (typeof problem === "string") yield `snapshots/${projection}/${name} ${problem}`;
    }
  }

  save(snapshot: Omit<Snapshot, "rows">, rows: Iterable<[string, Json]>): void {
    const { projection, version, at, unknown } = snapshot;
    const header: SnapshotHeader = {
      snapshot: snapshotFormat,
      root: this.root,
      projection,
      version,
      seq: at.seq,
      token: at.token,
      ...(at.hint === undefined ? {} : { hint: at.hint }),
      unknown,
    };
    const lines = [JSON.stringify(header)];
    for (const row of rows) lines.push(JSON.stringify(row));
    const body = Buffer.from(`${lines.join("\n")}\n`, "utf8");
    if (body.length > maxSnapshotBytes) throw new RangeError("the snapshot is too long");
    const folder = path.join(this.folder, projection);
    const target = path.join(folder, `v${version}-${String(at.seq).padStart(20, "0")}.ndjson`);
    // Two processes, or threads, may write the same snapshot at once.
    const temporary = `${target}.${nodeCrypto().randomUUID()}.new`;
    this.files.mkdirSync(folder);
    this.#write(temporary, Buffer.concat([body, Buffer.from(`{"xxh3":"${xxh3(body)}"}\n`)]));
    this.files.renameSync(temporary, target);
    for (const old of this.#names(projection, version).slice(0, -keptSnapshots)) this.#remove(path.join(folder, old));
  }

  discard(projection: string): void {
    const folder = path.join(this.folder, projection);
    try {
      if (this.files.statSync(folder) === undefined) return;
      for (const name of this.files.readdirSync(folder)) this.#remove(path.join(folder, name));
    } catch (error) {
      throw new WriteFailedError(`The snapshots of "${projection}" could not be removed`, error);
    }
  }

  /** Not synced: a cache that a power cut tears is found out by its hash. */
  #write(file: string, bytes: Buffer): void {
    const fd = this.files.openSync(file, "wx");
    try {
      writeFully(this.files, fd, bytes, 0);
    } catch (error) {
      this.#remove(file);
      throw error;
    } finally {
      closeQuietly(this.files, fd);
    }
  }

  /** Somebody else may be tidying up too. */
  #remove(file: string): void {
    try {
      this.files.unlinkSync(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }

  #read(projection: string, version: number, name: string): Snapshot | string {
    const snapshot = readSnapshot(this.files, path.join(this.folder, projection, name), this.root);
    if (typeof snapshot === "string") return snapshot;
    return snapshot.projection === projection && snapshot.version === version ? snapshot : "is of another projection";
  }

  /** File names of a projection's version, oldest first. */
  #names(projection: string, version: number): string[] {
    let names: string[];
    try {
      names = this.files.readdirSync(path.join(this.folder, projection));
    } catch {
      return [];
    }
    return names
      .filter((name) => fileName.exec(name)?.[1] === String(version))
      .sort();
  }
}

/** Reads and checks a snapshot; a text says why it cannot be used. */
function readSnapshot(files: LogFileSystem, file: string, root: string): Snapshot | string {
  let bytes: Buffer;
  try {
    const problem = problemBeforeReading(files, file);
    if (problem !== undefined) return problem;
    bytes = readWholeFile(files, file);
  } catch (error) {
    return `cannot be read (${(error as Error).message})`;
  }
  const trailer = trailerOf(bytes);
  if (trailer === undefined) return "is torn";
  const body = bytes.subarray(0, bytes.length - trailerBytes);
  const headerEnd = body.indexOf(0x0a);
  if (headerEnd === -1 || xxh3(body) !== trailer) return "does not match its hash";
  const header = parseHeader(body.toString("utf8", 0, headerEnd));
  if (header === undefined) return "has another format";
  if (header.root !== root) return "is of another daybook";
  const { projection, version, unknown } = header;
  return { projection, version, at: cursorOf(header), unknown, rows: new TextRows(body, headerEnd) };
}

const cursorOf = ({ seq, token, hint }: SnapshotHeader): Cursor => ({ seq, token, ...(hint === undefined ? {} : { hint }) });

/** What the first line says, unchecked; undefined when it cannot be read. */
function readHeaderOf(files: LogFileSystem, file: string): SnapshotHeader | undefined {
  try {
    const bytes = readSmallFile(files, file, maxHeaderBytes);
    if (bytes === undefined) return undefined;
    return parseHeader(bytes.toString("utf8", 0, bytes.indexOf(0x0a)));
  } catch {
    return undefined;
  }
}

/** `{"xxh3":"` + 16 hex digits + `"}` + LF. */
const trailerBytes = 28;
/** Longer snapshots are neither made nor used. */
const maxSnapshotBytes = 1024 ** 3;
/** Up to here a file is read whole at once. */
const smallBytes = 32 * 1024 ** 2;

function trailerOf(bytes: Buffer): string | undefined {
  return /^\{"xxh3":"([0-9a-f]{16})"\}\n$/.exec(bytes.toString("latin1", Math.max(0, bytes.length - trailerBytes)))?.[1];
}

/** What can be told before memory is taken for all of a file; of a long one that is everything. */
function problemBeforeReading(files: LogFileSystem, file: string): string | undefined {
  const fd = files.openSync(file, "r");
  try {
    const { size } = files.fstatSync(fd);
    if (size > maxSnapshotBytes) return "is longer than any snapshot";
    const end = Buffer.alloc(Math.min(size, trailerBytes));
    const length = readFully(files, fd, end, end.length, size - end.length);
    const trailer = trailerOf(end.subarray(0, length));
    if (trailer === undefined) return "is torn";
    if (size <= smallBytes) return undefined;
    return xxh3OfParts(parts(files, fd, size - trailerBytes)) === trailer ? undefined : "does not match its hash";
  } finally {
    closeQuietly(files, fd);
  }
}

function* parts(files: LogFileSystem, fd: number, to: number): Generator<Buffer> {
  const part = Buffer.allocUnsafe(1024 * 1024);
  for (let offset = 0; offset < to; ) {
    const length = readFully(files, fd, part, Math.min(part.length, to - offset), offset);
    if (length === 0) return;
    yield part.subarray(0, length);
    offset += length;
  }
}

function parseHeader(text: string): SnapshotHeader | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const header = value as Partial<SnapshotHeader>;
  const known =
    header.snapshot === snapshotFormat &&
    Number.isSafeInteger(header.seq) &&
    (header.seq as number) >= 0 &&
    typeof header.token === "string" &&
    (header.hint === undefined || typeof header.hint === "string") &&
    Number.isSafeInteger(header.unknown);
  return known ? (header as SnapshotHeader) : undefined;
}

/** Rows in the text of a snapshot. */
class TextRows implements SnapshotRows {
  constructor(
    readonly body: Buffer,
    /** The LF of the header line. */
    readonly headerEnd: number,
  ) {}

  find(key: string): Json | undefined {
    // A line feed never stands inside a JSON text of one line, so this finds the beginning of a row and nothing else.
    const at = this.body.indexOf(`\n[${JSON.stringify(key)},`, this.headerEnd, "utf8");
    if (at === -1) return undefined;
    const [, row] = JSON.parse(this.body.toString("utf8", at + 1, this.body.indexOf(0x0a, at + 1))) as [string, Json];
    return row;
  }

  *all(): Iterable<[string, Json]> {
    for (let start = this.headerEnd + 1; start < this.body.length; ) {
      const lf = this.body.indexOf(0x0a, start);
      yield JSON.parse(this.body.toString("utf8", start, lf)) as [string, Json];
      start = lf + 1;
    }
  }
}
