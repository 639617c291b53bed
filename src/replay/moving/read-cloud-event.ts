import { createHash } from "node:crypto";
import { preview } from "../../base/errors.js";
import { isPlainPath } from "../../events/alphabet.js";
import { LineRefused } from "./incoming-event.js";
import type { IncomingEvent } from "./incoming-event.js";
import { dataOf, foreignTimeOf, idOf, numberOf, participantOf, sourceOf, textOf } from "./read-fields.js";
import type { Fields } from "./read-fields.js";

/**
 * A CloudEvent 1.0. One that daybook wrote becomes the event that it was. Of another one `type` and `data` are taken as they are, and refused where
 * they are not what this log takes; the stream is its `subject`, else what its source names; its identity is source and id, as its
 * specification has it. Attributes beyond these are not taken.
 * @throws LineRefused
 */
export function readCloudEvent(line: number, fields: Fields): IncomingEvent {
  const stream = fields["subject"] === undefined ? streamOfSource(textOf(fields, "source")) : textOf(fields, "subject");
  try {
    if (fields["specversion"] !== "1.0") throw new LineRefused("specversion", `is ${preview(fields["specversion"])}; only 1.0 is read`);
    if (fields["data_base64"] !== undefined) throw new LineRefused("data_base64", "is there: data in binary is not taken");
    const kind = fields["datacontenttype"];
    if (kind !== undefined && !(typeof kind === "string" && /^[^;]*[/+]json(?:\s*;|$)/i.test(kind))) throw new LineRefused("datacontenttype", `is ${preview(kind)}; only JSON is taken`);
    const source = sourceOf(fields, "source");
    const event = {
      line,
      source,
      stream,
      type: textOf(fields, "type"),
      v: versionOf(fields),
      ...dataOf(fields["data"] === undefined ? {} : fields["data"]),
      by: fields["participant"] === undefined ? undefined : participantOf(fields, "participant"),
      at: fields["time"] === undefined ? undefined : foreignTimeOf(fields, "time"),
    };
    return isOurs(fields, source) ? { ...event, ...ours(fields) } : { ...event, seq: undefined, recorded: undefined, cause: undefined, id: foreignId(source, textOf(fields, "id")) };
  } catch (error) {
    throw error instanceof LineRefused ? new LineRefused(error.field, error.message, stream) : error;
  }
}

/** Daybook's own have their seq as `id` and as `sequence`, and a root as source. */
function isOurs(fields: Fields, source: string): boolean {
  const { id, sequence } = fields;
  return source.startsWith("urn:uuid:") && typeof id === "string" && /^[1-9]\d{0,15}$/.test(id) && sequence === id.padStart(20, "0") && typeof fields["recordedtime"] === "string";
}

function ours(fields: Fields): Pick<IncomingEvent, "seq" | "recorded" | "cause" | "id"> {
  const { causationid, causationsequence, idempotencykey } = fields;
  return {
    seq: digitsOf(fields, "id"),
    recorded: foreignTimeOf(fields, "recordedtime"),
    cause: causationsequence === undefined ? (causationid === undefined ? undefined : idOf(fields, "causationid")) : digitsOf(fields, "causationsequence"),
    id: idempotencykey === undefined ? undefined : idOf(fields, "idempotencykey"),
  };
}

/** A number that is written as text. */
function digitsOf(fields: Fields, name: string): number {
  const text = textOf(fields, name);
  return numberOf({ [name]: /^\d+$/.test(text) ? Number(text) : text }, name);
}

function versionOf(fields: Fields): number | undefined {
  const version = fields["dataversion"];
  if (version === undefined) return undefined;
  return typeof version === "string" ? digitsOf(fields, "dataversion") : numberOf(fields, "dataversion");
}

/** A source without its scheme, where that is the name of a stream: `/sensors/7` and `urn:sensors:7` both give one. */
function streamOfSource(source: string): string {
  const path = source.replace(/^[a-z][a-z0-9+.-]*:/i, "").replace(/^\/+|\/+$/g, "");
  if (isPlainPath(path)) return path;
  throw new LineRefused("subject", `is missing, and the source ${preview(source)} makes no name of a stream`);
}

/** An idempotency key for what has none: source and id together name a CloudEvent for good. */
function foreignId(source: string, id: string): string {
  return `cloudevent:${createHash("sha256").update(`${source}\0${id}`).digest("hex").slice(0, 32)}`;
}
