import { readdirSync } from "node:fs";
import { Project } from "../../../src/projects.js";
import type { ProjectOptions } from "../../../src/projects.js";
import { temporaryBook } from "../runs/temporary-book.js";

/** A project in a daybook of its own, which is closed when the test has ended. */
export async function temporaryProject(options: ProjectOptions = {}): Promise<Project> {
  return Project.open(await temporaryBook(), options);
}

/** Everything below a folder that is not the log, as relative paths. */
export function madeBelow(root: string): string[] {
  const names = readdirSync(root, { recursive: true }) as string[];
  return names.filter((name) => !/^(daybook\.json|log|snapshots|quarantine)(\/|$)/.test(name)).sort();
}
