import { InvalidIdError } from "../base/errors.js";
import { isWellFormed, utf8Length } from "../events/text.js";

/** What a file is called while it is being put: its name ends so, and no file that is whole may. */
export const unfinishedSuffix = ".new";

const maxUnits = 1024;
/** What file systems allow for one name. */
const maxPartBytes = 255;
const forbidden = /[\u0000-\u001f\u007f-\u009f\\]/;

/** The path of an artifact: relative, its parts joined by `/`. @throws InvalidIdError */
export function parseArtifactPath(value: unknown): string {
  if (typeof value !== "string") throw new InvalidIdError("artifact path", typeof value === "object" ? "[object]" : value, `it must be a string, not ${value === null ? "null" : typeof value}`);
  const problem = problemOfPath(value);
  if (problem !== undefined) throw new InvalidIdError("artifact path", value, `it ${problem}`);
  return value;
}

/** As {@link parseArtifactPath}, and of a file that is whole. @throws InvalidIdError */
export function parseWholePath(value: unknown): string {
  const path = parseArtifactPath(value);
  if (isUnfinished(path)) throw new InvalidIdError("artifact path", value, `it ends with ${unfinishedSuffix}, as the files do that are being written`);
  return path;
}

/** True for a name that a store can speak of. */
export const isArtifactName = (name: string): boolean => !name.includes("/") && problemOfPath(name) === undefined;

/** True for what an unfinished `put` has left. */
export const isUnfinished = (path: string): boolean => path.endsWith(unfinishedSuffix);

function problemOfPath(path: string): string | undefined {
  if (path === "") return "is empty";
  if (path.length > maxUnits) return `is ${path.length} characters long, more than ${maxUnits}`;
  if (!isWellFormed(path)) return "holds half of a surrogate pair";
  if (forbidden.test(path)) return "holds a backslash or a control character";
  for (const part of path.split("/")) {
    if (part === "") return "has an empty part";
    if (part.startsWith(".")) return `has the part ${JSON.stringify(part)}, which begins with a dot`;
    if (utf8Length(part) > maxPartBytes) return `has a part of more than ${maxPartBytes} bytes as UTF-8`;
  }
  return undefined;
}
