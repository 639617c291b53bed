import * as fs from "node:fs";
import * as path from "node:path";
import type { Daybook } from "../../../src/index.js";
import { UsageError } from "../errors.js";
import type { RunName } from "../run-address.js";

/** The run whose command we are in. @throws UsageError outside of one */
export function surroundingRun(): RunName {
  const { DAYBOOK_IDENTIFIER: identifier = "", DAYBOOK_UID: uid = "", DAYBOOK_RELPATH: relpath = "" } = process.env;
  if (identifier === "" || uid === "") {
    throw new UsageError("which run? Name it (train/0001), or call this from inside a command of `daybook run`, which sets DAYBOOK_IDENTIFIER and DAYBOOK_UID");
  }
  return { identifier, uid, relpath };
}

/**
 * The attempt whose command we are in, when that is an attempt at this very run: in its name the command reports. Undefined for other
 * runs, and outside of a command. @throws UsageError
 */
export async function surroundingAttempt(book: Daybook, { identifier, uid, relpath }: RunName): Promise<number | undefined> {
  const { DAYBOOK_ROOT: root = "", DAYBOOK_IDENTIFIER, DAYBOOK_UID, DAYBOOK_RELPATH = "", DAYBOOK_ATTEMPT: text = "" } = process.env;
  if (text === "" || identifier !== DAYBOOK_IDENTIFIER || uid !== DAYBOOK_UID || (root !== "" && realPath(root) !== realPath(book.root))) return undefined;
  // An address may leave the relpath out.
  const meant = relpath ?? (await book.runs.getRecord(identifier, uid))?.relpath;
  if (meant !== DAYBOOK_RELPATH) return undefined;
  const attempt = Number(text);
  if (!Number.isSafeInteger(attempt) || attempt < 1) throw new UsageError(`DAYBOOK_ATTEMPT is ${JSON.stringify(text)}; \`daybook run\` sets it to a whole number from 1`);
  return attempt;
}

function realPath(folder: string): string {
  try {
    return fs.realpathSync(folder);
  } catch {
    return path.resolve(folder);
  }
}
