import type { BenchEvent } from "./events.js";
import { loadSqlite } from "./peers.js";
import type { SqliteDatabase, SqliteStatement } from "./peers.js";

export type Synchronous = "FULL" | "NORMAL";

/** A log of events as a careful user of better-sqlite3 would keep it: WAL, prepared statements, the rowid as seq. */
export interface SqliteLog {
  readonly database: SqliteDatabase;
  /** One event, in the transaction that is open or in one of its own. */
  insert(event: BenchEvent, time: string): void;
  begin(): void;
  commit(): void;
  count(): number;
  close(): void;
}

/** The settings of {@link openSqliteLog}, in words. */
export const sqliteSettings = (synchronous: Synchronous): string => `journal_mode=WAL, synchronous=${synchronous}, page_size=4096, wal_autocheckpoint=1000, prepared statements`;

export function openSqliteLog(file: string, synchronous: Synchronous, options: { readonly index?: boolean; readonly busyTimeoutMs?: number } = {}): SqliteLog {
  const database = new (loadSqlite())(file, { timeout: options.busyTimeoutMs ?? 5000 });
  database.pragma("page_size = 4096");
  database.pragma("journal_mode = WAL");
  setSynchronous(database, synchronous);
  database.exec("create table if not exists events(seq integer primary key, time text not null, stream text not null, type text not null, v integer not null, data text not null, by text not null)");
  if (options.index === true) database.exec("create index if not exists events_by_run on events(stream, seq)");
  const insertion = database.prepare("insert into events(time, stream, type, v, data, by) values (?, ?, ?, 1, ?, 'bench')");
  const begin = database.prepare("begin immediate");
  const commit = database.prepare("commit");
  return {
    database,
    insert: (event, time) => void insertion.run(time, event.stream, event.type, JSON.stringify(event.data)),
    begin: () => void begin.run(),
    commit: () => void commit.run(),
    count: () => (database.prepare("select count(*) as count from events").get() as { readonly count: number }).count,
    close: () => database.close(),
  };
}

/** The table that a ledger of runs would be in. */
export function createRuns(database: SqliteDatabase): void {
  database.exec(
    "create table if not exists runs(identifier text not null, relpath text not null, uid integer not null, status text not null, record text not null, primary key(identifier, relpath, uid)) without rowid",
  );
}

export function runInsertion(database: SqliteDatabase): SqliteStatement {
  return database.prepare("insert into runs(identifier, relpath, uid, status, record) values (?, '', ?, ?, ?)");
}

/** Sets it, and sees that the log is a write-ahead one. @throws when SQLite has it otherwise */
export function setSynchronous(database: SqliteDatabase, synchronous: Synchronous): void {
  database.pragma(`synchronous = ${synchronous}`);
  const [mode, level] = [database.pragma("journal_mode", { simple: true }), database.pragma("synchronous", { simple: true })];
  if (mode !== "wal" || level !== (synchronous === "FULL" ? 2 : 1)) throw new Error(`SQLite has journal_mode ${String(mode)}, synchronous ${String(level)}`);
}
