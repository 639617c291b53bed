import type { Daybook, RunRecord } from "../../src/index.js";
import { CliFault } from "./errors.js";

/** A run as the ledger takes it: without a relpath it is the root's run, else the only one of that uid. */
export interface RunName {
  readonly identifier: string;
  readonly uid: string;
  readonly relpath?: string;
}

/** Reads `IDENT[/RELPATH]/UID`. @throws InvalidIdError */
export async function readRunName(text: string): Promise<RunName> {
  const { parseRunAddress } = await import("../../src/index.js");
  const { identifier, relpath, uid } = parseRunAddress(text);
  // `train/0001` names no relpath; `train/./0001` names the root.
  return text.split("/").length > 2 ? { identifier, relpath, uid } : { identifier, uid };
}

/** Reads `IDENT[/RELPATH]`. @throws InvalidIdError */
export async function readRunScope(text: string): Promise<{ identifier: string; relpath: string }> {
  const { parseRunAddress } = await import("../../src/index.js");
  // The one parser for both: a scope is an address that lacks its uid.
  const { identifier, relpath } = parseRunAddress(`${text.replace(/\/+$/, "")}/0000`);
  return { identifier, relpath };
}

/** The record of a run. @throws CliFault RUN_NOT_FOUND @throws AmbiguousRunError */
export async function requireRecord(book: Daybook, text: string): Promise<RunRecord> {
  const { identifier, uid, relpath } = await readRunName(text);
  const record = await book.runs.getRecord(identifier, uid, relpath === undefined ? {} : { relpath });
  if (record === undefined) throw new CliFault("RUN_NOT_FOUND", `there is no run ${text} in ${book.root}`);
  return record;
}
