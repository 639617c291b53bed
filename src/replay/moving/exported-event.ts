import type { RecordedEvent } from "../../events/recorded-event.js";

/** The formats in which events leave a log and come into one. */
export type EventFormat = "ndjson" | "cloudevents";

/** An event outside of its log: as it stands in there, with the id of its root, so that each line says what it is by itself. */
export interface ExportedEvent extends RecordedEvent {
  /** Id of the root it comes from. */
  readonly root: string;
}

/** How a root is named as a source of events. */
export const sourceOfRoot = (root: string): string => `urn:uuid:${root}`;

/** An event of a root as it is exported. */
export const exportedEvent = (event: RecordedEvent, root: string): ExportedEvent => ({ ...event, root });
