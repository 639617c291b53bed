import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** The peers are installed in `bench/`, which is a package of its own. Relative to the compiled file. */
const home = new URL("../../bench/package.json", import.meta.url);
const require = createRequire(home);

/** What the benchmarks use of a better-sqlite3 statement. */
export interface SqliteStatement {
  run(...values: readonly (string | number | null)[]): unknown;
  get(...values: readonly (string | number)[]): unknown;
  all(...values: readonly (string | number)[]): unknown[];
}

/** What the benchmarks use of a better-sqlite3 database. */
export interface SqliteDatabase {
  pragma(text: string, options?: { readonly simple: true }): unknown;
  prepare(sql: string): SqliteStatement;
  exec(sql: string): void;
  close(): void;
}

export interface SqliteOptions {
  readonly readonly?: boolean;
  /** Milliseconds to wait for a lock: busy_timeout. */
  readonly timeout?: number;
}

export type SqliteConstructor = new (file: string, options?: SqliteOptions) => SqliteDatabase;

/** @throws when it is not installed */
export function loadSqlite(): SqliteConstructor {
  return require("better-sqlite3") as SqliteConstructor;
}

/** What the benchmarks use of a classic-level database. */
export interface LevelDatabase {
  open(): Promise<void>;
  put(key: string, value: string, options: { readonly sync: boolean }): Promise<void>;
  batch(operations: readonly { readonly type: "put"; readonly key: string; readonly value: string }[], options: { readonly sync: boolean }): Promise<void>;
  close(): Promise<void>;
}

/** @throws when it is not installed */
export function loadLevel(): new (folder: string) => LevelDatabase {
  return (require("classic-level") as { readonly ClassicLevel: new (folder: string) => LevelDatabase }).ClassicLevel;
}

/** Installed versions by package; throws when one is missing. */
export function peerVersions(): Record<string, string> {
  const sqlite = new (loadSqlite())(":memory:");
  const { version } = sqlite.prepare("select sqlite_version() as version").get() as { readonly version: string };
  sqlite.close();
  return { "better-sqlite3": versionOf("better-sqlite3"), SQLite: version, "classic-level": versionOf("classic-level") };
}

function versionOf(name: string): string {
  const file = require.resolve(`${name}/package.json`);
  return (JSON.parse(readFileSync(file, "utf8")) as { readonly version: string }).version;
}
