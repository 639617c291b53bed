import type { RecordedEvent } from "../../src/index.js";

/**
 * An event as CloudEvents 1.0, in their JSON format. `source` is the root as a URN; `time` is when it happened, `recordedtime` when it was
 * appended. The rest of the envelope goes into extension attributes, whose names have letters and digits only.
 */
export function cloudEvent({ seq, time, stream, type, v, data, by, at, cause, id }: RecordedEvent, root: string): object {
  return {
    specversion: "1.0",
    id: String(seq),
    source: `urn:uuid:${root}`,
    type,
    subject: stream,
    time: at ?? time,
    datacontenttype: "application/json",
    recordedtime: time,
    // As text, zeros in front, so that it orders: the sequence extension asks for that.
    sequence: String(seq).padStart(20, "0"),
    dataversion: v,
    participant: by,
    ...(cause === undefined ? {} : { causationid: String(cause) }),
    ...(id === undefined ? {} : { idempotencykey: id }),
    data,
  };
}
