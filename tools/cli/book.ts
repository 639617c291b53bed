import * as fs from "node:fs";
import * as path from "node:path";
import type { Daybook, DaybookOptions, Moment } from "../../src/index.js";
import { CliFault, describeError, errorAsJson } from "./errors.js";
import { say } from "./output.js";
import { loadProjections } from "./projections.js";
import { isRoot } from "./root.js";
import { signingKeyOf } from "./signing-key.js";
import { clean, counted, localTime } from "./text.js";
import type { Context } from "./verb.js";

/** Opens the root for reading, as of the moment that the command line asks for; never makes one. Of a damaged root it shows what comes before the damage, warns, and exits 1. */
export async function readBook({ root, json, at, projections }: Context, read: (book: Daybook) => Promise<number>): Promise<number> {
  requireRoot(root);
  const { openDaybook } = await import("../../src/index.js");
  const book = await openDaybook(root, { readOnly: true });
  let code: number;
  try {
    await loadProjections(book, projections);
    code = await read(at === undefined ? book : await book.at(at));
  } catch (error) {
    // What the damage alone has stopped is told of below. Anything else may have to do with it too: "no such run".
    if (book.damage === undefined || !isCorrupt(error)) throw at === undefined ? error : asOfThen(error, at);
    code = 1;
  } finally {
    const { damage } = book;
    if (damage !== undefined) say(json ? JSON.stringify(errorAsJson(damage)) : `daybook: the log is damaged, and was read only up to there: ${clean(describeError(damage))}`);
    await book.close();
  }
  return book.damage === undefined ? code : 1;
}

/** The time to judge by: now, or the moment as of which a daybook stands. In milliseconds. */
export function nowOf(book: Daybook): number {
  return book.asOf?.time === undefined ? Date.now() : Date.parse(book.asOf.time);
}

/** Opens a root that is there for writing. */
export async function writeBook(root: string, write: (book: Daybook) => Promise<number>, projections: readonly string[] = []): Promise<number> {
  requireRoot(root);
  await using book = await openForWriting(root);
  await loadProjections(book, projections);
  return await write(book);
}

/** Opens a root for writing, and makes it where there is none. What is sealed is signed where DAYBOOK_SIGNING_KEY says so. */
export async function openForWriting(root: string, options: DaybookOptions = {}): Promise<Daybook> {
  const { openDaybook } = await import("../../src/index.js");
  const signingKey = signingKeyOf();
  return openDaybook(root, { ...(signingKey === undefined ? {} : { signingKey }), ...options });
}

/** @throws CliFault when there is no daybook in the folder */
export function requireRoot(root: string): void {
  if (isRoot(root)) return;
  const segments = fs.existsSync(path.join(root, "log")) ? fs.readdirSync(path.join(root, "log")).filter((name) => /^\d{20}\.ndjson(?:\.gz|\.br)?$/.test(name)) : [];
  if (segments.length > 0) throw new CliFault("LOG_CORRUPT", `daybook.json is missing in ${root}, but log/ holds ${counted(segments.length, "segment")}`);
  throw new CliFault("LOG_NOT_FOUND", `no daybook in ${root}; \`daybook run\` starts one, --root or DAYBOOK_ROOT names another`);
}

/** What was not there then may be there now: says so. */
function asOfThen(error: unknown, at: Moment): unknown {
  if (error instanceof Error && "code" in error && /_NOT_FOUND$/.test(String(error.code))) error.message += ` as of ${typeof at === "number" ? `seq ${at}` : localTime(new Date(at).toISOString())}`;
  return error;
}

const isCorrupt = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "LOG_CORRUPT";
