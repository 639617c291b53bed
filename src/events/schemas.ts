/** The JSON Schemas of the catalogue, as data. */
import type { CatalogueType, EventCatalogue } from "./catalogue.js";
import { checkpointSchemas } from "./checkpoint-schemas.js";
import { anyInteger, closed, integerFrom, printable, someText, status, text } from "./closed-schema.js";
import type { ClosedSchema } from "./closed-schema.js";
import { operationSchemas } from "./operation-schemas.js";
import { warmStartSchemas } from "./warm-start-schemas.js";

/** The schema of each type's data, at its current version. */
export const catalogueSchemas: { readonly [Type in CatalogueType]: ClosedSchema<EventCatalogue[Type]> } = {
  "run.allocated": {
    ...closed,
    required: ["uid"],
    properties: {
      uid: { type: "string", pattern: "^[0-9]{4,16}$" },
      paramHash: printable(256),
      params: { type: "object" },
      status,
      storage: { type: "string", enum: ["prefix"] },
    },
  },
  "run.status-changed": { ...closed, required: ["status"], properties: { status } },
  "run.files-attached": {
    ...closed,
    required: ["files"],
    properties: {
      files: {
        type: "object",
        minProperties: 1,
        propertyNames: printable(256),
        additionalProperties: { type: "string", minLength: 1, maxLength: 4096, pattern: "^[^\\u0000]*$" },
      },
    },
  },
  "run.metrics-recorded": {
    ...closed,
    required: ["metrics"],
    properties: {
      metrics: {
        type: "object",
        minProperties: 1,
        propertyNames: printable(256),
        additionalProperties: { type: ["number", "string", "boolean", "null"] },
      },
      step: integerFrom(0),
    },
  },
  "run.error-recorded": { ...closed, required: ["message"], properties: { message: text, name: text, stack: text, code: text } },
  "run.noted": { ...closed, required: ["note"], properties: { note: text } },
  "run.tagged": {
    ...closed,
    required: ["tags"],
    properties: { tags: { type: "array", items: printable(128), minItems: 1, uniqueItems: true } },
  },
  "run.attempt-started": {
    ...closed,
    required: ["attempt", "host", "boot", "pidNamespace", "pid", "processStart", "beatWithinMs"],
    properties: {
      attempt: integerFrom(1),
      host: text,
      boot: text,
      pidNamespace: text,
      pid: integerFrom(0),
      processStart: text,
      beatWithinMs: integerFrom(1),
      command: { type: "array", items: text },
      cwd: text,
    },
  },
  "run.heartbeat-recorded": {
    ...closed,
    required: ["attempt", "beatWithinMs"],
    properties: { attempt: integerFrom(1), beatWithinMs: integerFrom(1) },
  },
  "run.attempt-ended": {
    ...closed,
    required: ["attempt"],
    properties: { attempt: integerFrom(1), exitCode: anyInteger, signal: someText },
  },
  "log.recovered": {
    ...closed,
    required: ["segment", "offset", "bytes", "sha256", "file"],
    properties: {
      segment: someText,
      offset: integerFrom(0),
      bytes: integerFrom(0),
      sha256: { type: "string", pattern: "^[0-9a-f]{64}$" },
      file: someText,
    },
  },
  "log.imported": {
    ...closed,
    required: ["sources"],
    properties: {
      sources: {
        type: "object",
        minProperties: 1,
        propertyNames: printable(2048),
        additionalProperties: { type: "array", items: { type: "array", items: integerFrom(1), minItems: 2 }, minItems: 1 },
      },
    },
  },
  ...checkpointSchemas,
  ...warmStartSchemas,
  ...operationSchemas,
};
