import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
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

/** A view as it is served, for people to read. */
export const viewText = async (book: Daybook, name: string): Promise<string> => `${JSON.stringify(await book.view(name), undefined, 1)}\n`;

/** Every file below a folder but the list itself, as `sha256sum -c` reads them. */
export function listedSums(folder: string): string {
  return (readdirSync(folder, { recursive: true }) as string[])
    .filter((file) => file !== sumsFile && statSync(join(folder, file)).isFile())
    .sort()
    .map((file) => `${createHash("sha256").update(readFileSync(join(folder, file))).digest("hex")}  ${file}\n`)
    .join("");
}
