import type { ArtifactSource } from "../../../artifacts/artifact-store.js";
import { canonicalJson } from "../../../events/canonical-json.js";
import type { Json, JsonObject } from "../../../events/recorded-event.js";
import type { CheckpointContext } from "../context.js";
import { architectureText } from "../models/architecture-text.js";
import { configText } from "./config-text.js";
import { architecturePath, architectureTextPath, configPath, dataStatePath } from "./folder-paths.js";
import { dataStateText } from "./data-part.js";
import { readPartJson } from "./part-content.js";

/** A file of a hash's folder that its parts give: always the same bytes. */
export interface DumpFile {
  readonly role: string;
  readonly path: string;
  /** From what the log keeps of the part, not from what may be live somewhere. */
  readonly content: () => Promise<ArtifactSource>;
}

/** The files that the parts of the manager's hash give. */
export function dumpFiles(context: CheckpointContext): readonly DumpFile[] {
  const { position } = context;
  if (position === undefined) return [];
  const { folder, parts } = position;
  const { config, model, data } = parts;
  return [
    ...(config === undefined ? [] : [{ role: "config", path: configPath(folder), content: async () => configText(await readPartJson(context, "config", config, folder)) }]),
    ...(model === undefined
      ? []
      : [
          { role: "architecture", path: architecturePath(folder), content: async () => architectureJson(await readPartJson(context, "model", model, folder)) },
          { role: "architecture-text", path: architectureTextPath(folder), content: async () => architectureText((await readPartJson(context, "model", model, folder)) as JsonObject) },
        ]),
    ...(data === undefined ? [] : [{ role: "data-state", path: dataStatePath(folder), content: () => dataStateText(context, data.digest, folder) }]),
  ];
}

/** Keys sorted, indented: for people, and equal for equal architectures. */
const architectureJson = (json: Json): string => `${JSON.stringify(JSON.parse(canonicalJson(json)), undefined, 2)}\n`;
