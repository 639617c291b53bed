import { IdReusedError } from "../../base/errors.js";
import type { RecordedEvent } from "../../events/recorded-event.js";
import type { AppendEvent } from "../../log/port.js";
import { xxh3 } from "../../log/xxh3.js";
import { defineProjection } from "../projection.js";
import type { Rows } from "../projection.js";

/** An append under an id: where it is, and a digest (16 hex digits) of its events. */
type IdRow = { readonly first: number; readonly last: number; readonly digest: string };

/** Which idempotency keys were used, for what. Folded only once somebody appends with an id. */
export const appendIdsProjection = defineProjection<"append-ids", IdRow>({
  name: "append-ids",
  version: 1,
  // A repeat is compared with what was appended, whatever became of its type since.
  asWritten: true,
  onlyWithId: true,
  // What another writer put there, a reader takes as it is; an id that is no text belongs to no append of ours.
  keys: (event) => (typeof event.id === "string" ? [event.id] : []),
  evolve: (row, event) => ({ first: row?.first ?? event.seq, last: event.seq, digest: nextDigest(row?.digest ?? "", event) }),
  combine: (earlier) => {
    // An append lies in one commit, and a commit in one segment.
    throw new Error(`the id of seq ${earlier.first} stands in two parts of the log`);
  },
});

/** The digest of an append's events, as the fold will have it. */
export function appendDigest(events: readonly Pick<AppendEvent, "stream" | "type" | "data" | "dataText">[]): string {
  return events.reduce(
    (digest, { stream, type, dataText, data }) => nextDigest(digest, { stream, type, data: JSON.parse(dataText ?? JSON.stringify(data)) as RecordedEvent["data"] }),
    "",
  );
}

/** The append that an id was used for; undefined for a new id. @throws IdReusedError when its events were others */
export function checkRepeat(rows: Rows<IdRow>, id: string, digest: string): IdRow | undefined {
  const known = rows.get(id);
  if (known !== undefined && known.digest !== digest) throw new IdReusedError(id, known.first);
  return known;
}

function nextDigest(before: string, event: Pick<RecordedEvent, "stream" | "type" | "data">): string {
  return xxh3(Buffer.from(JSON.stringify([before, event.stream, event.type, event.data]), "utf8"));
}
