/** The JSON Schemas of events about warm starts. */
import { artifactSchema } from "./checkpoint-schemas.js";
import { anyNumber, closed, integerFrom } from "./closed-schema.js";
import type { ClosedSchema } from "./closed-schema.js";
import { evictionReasons, warmStartKinds } from "./warm-start-events.js";
import type { WarmStartEvents } from "./warm-start-events.js";

const run = { type: "string", minLength: 1, maxLength: 128, pattern: "^[A-Za-z0-9_][A-Za-z0-9_-]*$" } as const;
const time = { type: "string", pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$" } as const;
const key = { type: "string", pattern: "^[0-9a-f]{64}$" } as const;

/** The schema of each type's data, at its current version. */
export const warmStartSchemas: { readonly [Type in keyof WarmStartEvents]: ClosedSchema<WarmStartEvents[Type]> } = {
  "warm-start.saved": {
    ...closed,
    required: ["run", "save", "kind", "file"],
    properties: {
      run,
      save: integerFrom(1),
      kind: { type: "string", enum: warmStartKinds },
      file: artifactSchema,
      objective: anyNumber,
      iteration: integerFrom(0),
      replaced: integerFrom(0),
      seed: { ...closed, required: ["key", "run", "source"], properties: { key, run, source: { type: "string", enum: ["exact", "preloaded"] } } },
      writtenAt: time,
    },
  },
  "warm-start.evicted": {
    ...closed,
    required: ["run", "save", "bytes", "reason"],
    properties: { run, save: integerFrom(1), bytes: integerFrom(0), reason: { type: "string", enum: evictionReasons } },
  },
};
