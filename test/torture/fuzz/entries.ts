import fc from "fast-check";
import { firstValueFrom } from "rxjs";
import type { Daybook } from "../../../src/daybook.js";
import type { DaybookSystem } from "../../../src/engine-core.js";
import { openDaybookOn } from "../../../src/open-daybook.js";
import { canonicalJson, defineProjection, paramHash, parseRunAddress } from "../../../src/index.js";
import type { RunLease } from "../../../src/index.js";
import { events$, followEvents, followView, view$ } from "../../../src/live.js";
import { readFiles, readMetrics, readParams } from "../../../tools/cli/assignments.js";
import { resolveRoot } from "../../../tools/cli/root.js";
import { readRunName, readRunScope } from "../../../tools/cli/run-address.js";
import { hostile, options, recordOf, strings } from "./hostile.js";

/** A public call with hostile arguments. */
export interface Entry {
  readonly name: string;
  readonly args: fc.Arbitrary<readonly unknown[]>;
  /** May append; a refused call appends nothing. */
  call(given: { readonly book: Daybook; readonly lease: RunLease; readonly system: DaybookSystem }, ...args: never[]): unknown;
}

const identifier = fc.oneof(fc.constant("train"), hostile);
const uid = fc.oneof(fc.constant("0001"), hostile);
const event = options("stream", "type", "data", "v");
const sound = { stream: "note/1", type: "note.taken", data: {} };
const counter = defineProjection({ name: "counter", version: 1, initialState: 0, evolve: (count) => count + 1 });
const live = options("from", "types", "stream", "durable", "onCaughtUp");
const cursor = recordOf({ from: recordOf({ seq: fc.oneof(fc.nat(5), hostile), token: fc.oneof(fc.string(), hostile), hint: fc.oneof(fc.constantFrom("1:94", "1:1e9", "-1:0", "9007199254740991:100", ":", "1"), hostile) }) });
const report = options("relpath", "status", "files", "metrics", "step", "error", "note", "tags", "signal");

async function all(iterable: AsyncIterable<unknown>): Promise<void> {
  let left = 20;
  for await (const value of iterable) if (value === undefined || (left -= 1) === 0) return;
}

/** The first values of a stream, or what it ends with; not waiting for what is not there. */
async function some(iterator: AsyncIterableIterator<unknown>): Promise<void> {
  const soon = setTimeout(() => void iterator.return?.(), 30);
  try {
    await all(iterator);
  } finally {
    clearTimeout(soon);
  }
}

const looseBook = (book: Daybook): Record<string, (...args: unknown[]) => unknown> => book as never;
const bound = (target: object, name: string): ((...args: unknown[]) => unknown) => ((target as Record<string, unknown>)[name] as (...args: unknown[]) => unknown).bind(target);
/** Another handle, so that what is opened is closed. */
const opened = async (opening: Promise<Daybook>): Promise<void> => (await opening).close();

const runCalls: readonly Entry[] = (
  [
    ["allocate", fc.tuple(identifier, options("relpath", "paramHash", "params", "status", "signal"))],
    ["findOrAllocate", fc.tuple(identifier, options("relpath", "paramHash", "params", "status", "signal"))],
    ["start", fc.tuple(identifier, uid, options("relpath", "signal", "beatWithinMs", "command", "cwd"))],
    ["log", fc.tuple(identifier, uid, report)],
    ["getRecord", fc.tuple(identifier, uid, options("relpath", "signal"))],
    ["getUidRecordDict", fc.tuple(identifier, options("relpath", "signal"))],
    ["findByParamHash", fc.tuple(identifier, hostile, options("relpath", "signal"))],
    ["list", fc.tuple(options("where", "sort", "limit", "signal"))],
    ["folder", fc.tuple(identifier, uid, options("relpath"))],
    ["paramHash", fc.tuple(hostile)],
  ] as const
).map(([name, args]) => ({ name: `runs.${name}`, args, call: ({ book }, ...given: unknown[]) => bound(book.runs, name)(...given) }) satisfies Entry);

/** Every public entry. */
export const entries: readonly Entry[] = [
  { name: "openDaybook, options", args: fc.tuple(options("participantId", "readOnly", "durability", "segmentBytes", "maxEventBytes", "lockTimeoutMs", "clock", "allowClockJump", "unsafeFileSystem")), call: ({ book, system }, given) => opened(openDaybookOn(system, book.root, given)) },
  { name: "openDaybook, root", args: fc.tuple(hostile.filter((recipe) => ((root: unknown) => typeof root !== "string" || root.includes("\0"))(recipe.make()))), call: ({ system }, root) => opened(openDaybookOn(system, root)) },
  { name: "log.append", args: fc.tuple(fc.oneof(event, fc.array(event, { maxLength: 3 })), options("expect", "durability", "id", "signal")), call: ({ book }, ...given: unknown[]) => bound(book.log, "append")(...given) },
  { name: "log.append, options", args: fc.tuple(options("expect", "durability", "id", "signal")), call: ({ book }, given) => book.log.append(sound, given) },
  { name: "log.append, expect", args: fc.tuple(options("stream", "seq")), call: ({ book }, expect) => book.log.append(sound, { expect }) },
  { name: "log.read", args: fc.tuple(options("from", "to", "stream", "types", "signal")), call: ({ book }, given) => all(book.log.read(given)) },
  { name: "transact, projections", args: fc.tuple(fc.oneof(hostile, fc.array(hostile, { maxLength: 2 }))), call: ({ book }, given) => looseBook(book)["transact"]?.(given, () => []) },
  { name: "transact, decide", args: fc.tuple(hostile), call: ({ book }, given) => looseBook(book)["transact"]?.([counter], given) },
  { name: "transact, decision", args: fc.tuple(fc.oneof(hostile, fc.array(event, { maxLength: 2 }), options("events", "result"))), call: ({ book }, given) => book.transact([counter], () => given) },
  { name: "transact, options", args: fc.tuple(options("durability", "signal")), call: ({ book }, given) => book.transact([counter], () => [], given) },
  { name: "view", args: fc.tuple(hostile), call: ({ book }, name) => book.view(name) },
  { name: "verify", args: fc.tuple(options("full", "signal", "onProgress")), call: ({ book }, given) => book.verify(given) },
  { name: "rebuild", args: fc.tuple(options("projections", "check", "signal", "onProgress")), call: ({ book }, given) => book.rebuild(given) },
  { name: "registerEvent", args: fc.tuple(hostile, options("schema", "version", "upcasters")), call: ({ book }, ...given: unknown[]) => looseBook(book)["registerEvent"]?.(...given) },
  { name: "registerEvent, a type of its own", args: fc.tuple(options("schema", "version", "upcasters")), call: async ({ book }, given) => {
    unique += 1;
    const type = `fuzz.made-${unique}`;
    book.registerEvent(type, given);
    return book.log.append({ stream: "fuzz/1", type, data: { a: 1 } });
  } },
  { name: "registerProjection", args: fc.tuple(options("name", "version", "types", "initialState", "keys")), call: ({ book }, given) => book.registerProjection(given) },
  ...runCalls,
  { name: "lease.beat", args: fc.tuple(hostile), call: ({ lease }, given) => lease.beat(given) },
  { name: "lease.log", args: fc.tuple(report), call: ({ lease }, given) => lease.log(given) },
  { name: "lease.end", args: fc.tuple(fc.oneof(options("exitCode", "signal"), report)), call: ({ lease }, given) => lease.end(given) },
  { name: "followEvents", args: fc.tuple(fc.oneof(live, cursor)), call: ({ book }, given) => some(followEvents(book, given)) },
  { name: "followView", args: fc.tuple(hostile), call: ({ book }, name) => some(followView(book, name)) },
  { name: "events$", args: fc.tuple(live), call: ({ book }, given) => void events$(book, given) },
  { name: "view$", args: fc.tuple(hostile), call: ({ book }, name) => firstValueFrom(view$(book, name)) },
  { name: "paramHash", args: fc.tuple(hostile), call: (_given, value) => paramHash(value) },
  { name: "canonicalJson", args: fc.tuple(hostile), call: (_given, value) => canonicalJson(value) },
  { name: "parseRunAddress", args: fc.tuple(hostile), call: (_given, value) => parseRunAddress(value) },
];

let unique = 0;

const assignments = fc.array(fc.tuple(strings, fc.oneof(strings, fc.json(), fc.constantFrom("1e999", "NaN", "9007199254740993", '{"__proto__":1}', "[".repeat(50_000)))).map(([name, value]) => `${name}=${value}`), { maxLength: 3 });

/** What reads the command line. Its errors are a DaybookError or a UsageError. */
export const parsers: readonly { readonly name: string; readonly args: fc.Arbitrary<readonly unknown[]>; call(...args: never[]): unknown }[] = [
  { name: "-p", args: fc.tuple(assignments), call: (given) => readParams(given) },
  { name: "--metric", args: fc.tuple(assignments), call: (given) => readMetrics(given) },
  { name: "--file", args: fc.tuple(assignments), call: (given) => readFiles(given) },
  { name: "RUN", args: fc.tuple(strings), call: (given) => readRunName(given) },
  { name: "IDENT/RELPATH", args: fc.tuple(strings), call: (given) => readRunScope(given) },
  { name: "--root", args: fc.tuple(strings), call: (given) => resolveRoot(given, {}, "/") },
];
