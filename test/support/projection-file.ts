import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./temporary-folder.js";

/** Writes a module with projections, gone when the test has ended. @returns its path */
export function projectionFile(text: string, name = "projections.mjs"): string {
  const file = join(temporaryFolder(), name);
  writeFileSync(file, text);
  return file;
}
