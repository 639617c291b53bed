import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Daybook } from "../../src/index.js";

export const expectedViews = ["runs", "run-index", "append-ids"] as const;
export const sumsFile = "SHA256SUMS";

/** All events that a daybook serves, one JSON text a line. */
export async function eventLines(book: Daybook): Promise<string> {
  let lines = "";
  for await (const event of book.log.read()) lines += `${JSON.stringify(event)}\n`;
  return lines;
}

/** Writes what a golden log is expected to serve: its events and views. Gives the folder. */
export async function writeExpected(book: Daybook, into: string): Promise<string> {
  const expected = join(into, "expected");
  mkdirSync(expected);
  writeFileSync(join(expected, "events.ndjson"), await eventLines(book));
  for (const view of expectedViews) writeFileSync(join(expected, `${view}.json`), await viewText(book, view));
  return expected;
}

/** A view as it is served, for people to read. Keys are sorted: their order means nothing, and a release may change it. */
export const viewText = async (book: Daybook, name: string): Promise<string> => `${JSON.stringify(sorted(await book.view(name)), undefined, 1)}\n`;

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, entry]) => [key, sorted(entry)]));
}

/** Every file below a folder but the list itself, as `sha256sum -c` reads them. */
export function listedSums(folder: string): string {
  return (readdirSync(folder, { recursive: true }) as string[])
    .filter((file) => file !== sumsFile && statSync(join(folder, file)).isFile())
    .sort()
    .map((file) => `${createHash("sha256").update(readFileSync(join(folder, file))).digest("hex")}  ${file}\n`)
    .join("");
}
