import { unseenFields } from "../../src/index.js";
import type { FieldPath, RunRecord } from "../../src/index.js";
import { say } from "./output.js";
import { clean } from "./text.js";

/** Says on stderr which fields no run has: "nothing found" may be a slip of the pen. */
export function noteUnseen(records: readonly RunRecord[], asked: readonly { readonly option: string; readonly paths: readonly FieldPath[] }[], json: boolean): void {
  for (const { option, paths } of asked) {
    for (const { field, nearest } of unseenFields(records, paths)) {
      const message = `${option}: no run has the field ${clean(field)}${nearest.length === 0 ? "" : `; nearest: ${nearest.map(clean).join(", ")}`}`;
      say(json ? JSON.stringify({ note: { code: "FIELD_UNSEEN", option, field, nearest, message } }) : `daybook: note: ${message}`);
    }
  }
}
