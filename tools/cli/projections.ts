import * as path from "node:path";
import type { Daybook } from "../../src/index.js";
import { UsageError } from "./errors.js";

/** Modules with projections: as given, else those of DAYBOOK_PROJECTIONS, which are parted like PATH. Absolute paths. */
export function projectionModules(given: readonly string[] | undefined, env: NodeJS.ProcessEnv = process.env, cwd = process.cwd()): string[] {
  if (given?.includes("") === true) throw new UsageError("--projections needs the name of a file");
  const named = given ?? (env["DAYBOOK_PROJECTIONS"] ?? "").split(path.delimiter).filter((file) => file !== "");
  return [...new Set(named.map((file) => path.resolve(cwd, file)))];
}

/** Makes the projections of modules known. @throws ProjectionsUnreadableError @throws InvalidOptionError for a name that is taken */
export async function loadProjections(book: Daybook, files: readonly string[]): Promise<void> {
  for (const file of files) await book.loadProjections(file);
}
