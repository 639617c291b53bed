import * as path from "node:path";
import { WriteFailedError } from "../base/errors.js";
import type { Json } from "../events/recorded-event.js";
import { closeQuietly } from "../log/file-system.js";
import type { LogFileSystem } from "../log/file-system.js";
import { nodeCrypto } from "../log/node-crypto.js";
import type { Cursor } from "../log/port.js";
import type { Projection } from "./projection.js";
import type { Snapshot, SnapshotStore } from "./snapshot.js";
import { newestSnapshots, surplusSnapshots } from "./snapshot-retention.js";
import type { LogExtent } from "./snapshot-retention.js";
import { cursorOf, snapshotFormat } from "./snapshot-format.js";
import type { SnapshotHeader } from "./snapshot-format.js";
import { readHeader, readSnapshot } from "./snapshot-reader.js";
import { writeSnapshot } from "./snapshot-writer.js";

const fileName = /^v([0-9]+)-([0-9]{20})\.ndjson$/;

/** Snapshots as files: `snapshots/NAME/vVERSION-SEQ.ndjson`. Written to a temporary name and renamed. */
export class SnapshotFiles implements SnapshotStore {
  readonly keeps = true;

  constructor(
    readonly files: LogFileSystem,
    readonly folder: string,
    /** Root id: snapshots of another root are ignored. */
    readonly root: string,
    /** How long the log is: with it, snapshots near its seals are kept. */
    readonly log: () => LogExtent | undefined = () => undefined,
  ) {}

  *load(projection: string, version: number, notAfter = Infinity): Iterable<Snapshot> {
    for (const name of this.#names(projection, version).reverse()) {
      if (seqOf(name) > notAfter) continue;
      const snapshot = this.#read(projection, version, name);
      if (typeof snapshot !== "string") yield snapshot;
    }
  }

  /** Where the newest snapshot of each projection stands, by its header alone: for whoever looks before trusting it. */
  *places(projections: Iterable<Pick<Projection, "name" | "version">>): Iterable<Cursor> {
    for (const { name, version } of projections) {
      const newest = this.#names(name, version).at(-1);
      const header = newest === undefined ? undefined : readHeader(this.files, path.join(this.folder, name, newest));
      if (header?.root === this.root) yield cursorOf(header);
    }
  }

  *unusable(projection: string, version: number, full = false): Iterable<string> {
    const names = this.#names(projection, version);
    for (const [index, name] of names.entries()) {
      const snapshot = this.#read(projection, version, name);
      const problem = full || index >= names.length - newestSnapshots ? problemOf(snapshot) : typeof snapshot === "string" ? snapshot : undefined;
      if (problem !== undefined) yield `snapshots/${projection}/${name} ${problem}`;
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
    const folder = path.join(this.folder, projection);
    const target = path.join(folder, `v${version}-${String(at.seq).padStart(20, "0")}.ndjson`);
    // Two processes, or threads, may write the same snapshot at once.
    const temporary = `${target}.${nodeCrypto().randomUUID()}.new`;
    this.files.mkdirSync(folder);
    this.#write(temporary, header, rows);
    this.files.renameSync(temporary, target);
    this.#tidy(folder, this.#names(projection, version));
    for (const old of this.#olderVersions(projection, version)) for (const name of this.#names(projection, old).slice(0, -newestSnapshots)) this.#remove(path.join(folder, name));
  }

  /** Removes those that are not to be kept. */
  #tidy(folder: string, names: readonly string[]): void {
    if (names.length <= newestSnapshots) return;
    const kept = names.map((name) => ({ seq: seqOf(name), bytes: this.files.statSync(path.join(folder, name))?.size ?? 0 }));
    const surplus = new Set(surplusSnapshots(kept, this.log()));
    for (const name of names) if (surplus.has(seqOf(name))) this.#remove(path.join(folder, name));
  }

  discard(projection: string, except: ReadonlySet<number> = new Set()): void {
    const folder = path.join(this.folder, projection);
    try {
      if (this.files.statSync(folder) === undefined) return;
      for (const name of this.files.readdirSync(folder)) if (!except.has(seqOf(name))) this.#remove(path.join(folder, name));
    } catch (error) {
      throw new WriteFailedError(`The snapshots of "${projection}" could not be removed`, error);
    }
  }

  /** Not synced: a cache that a power cut tears is found out by its hashes. */
  #write(file: string, header: SnapshotHeader, rows: Iterable<[string, Json]>): void {
    const fd = this.files.openSync(file, "wx");
    try {
      writeSnapshot(this.files, fd, header, rows);
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
    const snapshot = readSnapshot(this.files, path.join(this.folder, projection, name));
    if (typeof snapshot === "string") return snapshot;
    const { header, rows } = snapshot;
    if (header.root !== this.root) return "is of another daybook";
    if (header.projection !== projection || header.version !== version) return "is of another projection";
    return { projection, version, at: cursorOf(header), unknown: header.unknown, rows };
  }

  /** Versions before this one that snapshots are left of: an earlier release may go on with the newest, and asks for none of the others. */
  #olderVersions(projection: string, version: number): Set<number> {
    const versions = this.files.readdirSync(path.join(this.folder, projection)).map((name) => Number(fileName.exec(name)?.[1] ?? NaN));
    return new Set(versions.filter((one) => one < version));
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

/** The seq in a file's name; NaN for other files. */
const seqOf = (name: string): number => Number(fileName.exec(name)?.[2] ?? NaN);

/** Reads all of it; undefined when it can be used. */
function problemOf(snapshot: Snapshot | string): string | undefined {
  if (typeof snapshot === "string") return snapshot;
  try {
    snapshot.rows.all();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
