import { assertNever } from "../../base/assert-never.js";
import type { CatalogueEvent } from "../../events/catalogue.js";
import type { ArtifactRefs } from "../../events/checkpoint-events.js";
import { parseCheckpointStream } from "../../events/checkpoint-names.js";
import type { JsonObject } from "../../events/recorded-event.js";
import { defineProjection } from "../projection.js";

/** One save of a step. */
export type SaveRow = {
  /** Counts the saves of this step under this hash, from 1. */
  readonly save: number;
  readonly seq: number;
  readonly time: string;
  readonly by: string;
  readonly files: ArtifactRefs;
  readonly metadata?: JsonObject;
  readonly modelName?: string;
  readonly optimizerName?: string;
  /** Its files were given up then, for that reason. */
  readonly pruned?: { readonly time: string; readonly by: string; readonly reason: string };
};

/** A step of a hash, with all its saves. The last one that is not pruned is the one that is loaded. */
export type CheckpointRow = {
  readonly experiment: string;
  readonly folder: string;
  readonly step: number;
  /** In their order. */
  readonly saves: readonly SaveRow[];
  readonly pinned?: { readonly time: string; readonly by: string; readonly reason?: string };
};

const types = ["checkpoint.saved", "checkpoint.pinned", "checkpoint.unpinned", "checkpoint.pruned", "checkpoint.compressed"] as const;
type CheckpointEvent = Extract<CatalogueEvent, { readonly type: (typeof types)[number] }>;

/** Checkpoints, by stream. */
export const checkpointsProjection = defineProjection<"checkpoints", CheckpointRow>({
  name: "checkpoints",
  version: 1,
  types,
  keys: (event) => [event.stream],
  keyedBy: "stream",
  evolve: (row, event) => evolveCheckpoint(row, event as unknown as CheckpointEvent),
});

/** The next state of a checkpoint. Total: an event of one that was never saved changes nothing. */
export function evolveCheckpoint(row: CheckpointRow | undefined, event: CheckpointEvent): CheckpointRow | undefined {
  const name = parseCheckpointStream(event.stream);
  if (name === undefined) return row;
  const { by, seq } = event;
  const time = event.at ?? event.time;
  if (event.type === "checkpoint.saved") {
    const { experiment, save, files, metadata, modelName, optimizerName } = event.data;
    const saved: SaveRow = {
      save, seq, time, by, files,
      ...(metadata === undefined ? {} : { metadata }),
      ...(modelName === undefined ? {} : { modelName }),
      ...(optimizerName === undefined ? {} : { optimizerName }),
    };
    return row === undefined ? { experiment, ...name, saves: [saved] } : { ...row, saves: [...row.saves, saved] };
  }
  if (row === undefined) return undefined;
  switch (event.type) {
    case "checkpoint.pinned": {
      const { reason } = event.data;
      return { ...row, pinned: { time, by, ...(reason === undefined ? {} : { reason }) } };
    }
    case "checkpoint.unpinned": {
      const { pinned: _, ...rest } = row;
      return rest;
    }
    case "checkpoint.pruned": {
      const { saves, reason } = event.data;
      return { ...row, saves: row.saves.map((one) => (saves.includes(one.save) && one.pruned === undefined ? { ...one, pruned: { time, by, reason } } : one)) };
    }
    case "checkpoint.compressed": {
      const { save, files } = event.data;
      return { ...row, saves: row.saves.map((one) => (one.save === save ? { ...one, files: { ...one.files, ...files } } : one)) };
    }
    default:
      return assertNever(event);
  }
}
