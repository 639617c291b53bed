import { assertNever } from "../../base/assert-never.js";
import type { CatalogueEvent } from "../../events/catalogue.js";
import { hashParts } from "../../events/checkpoint-events.js";
import type { HashPart, PartDigests } from "../../events/checkpoint-events.js";
import { parseExperimentStream } from "../../events/checkpoint-names.js";
import { defineProjection } from "../projection.js";

/** Where an experiment stands: at which hash, and what of it is not in the hash's folder yet. */
export type ExperimentRow = {
  readonly experiment: string;
  /** The folder of the hash it is at. */
  readonly folder: string;
  readonly parts: PartDigests;
  /** The hash it was at when everything was in its folder; undefined before the first dump. */
  readonly dumped?: { readonly folder: string; readonly parts: PartDigests };
  /** Parts that differ from `dumped`. */
  readonly pending: readonly HashPart[];
  /** Of the last event that changed this row. */
  readonly changedSeq: number;
  readonly changed: string;
};

const types = ["hash.updated", "hash.dumped", "checkpoint.loaded"] as const;
type ExperimentEvent = Extract<CatalogueEvent, { readonly type: (typeof types)[number] }>;

/** Experiments, by stream. */
export const experimentsProjection = defineProjection<"experiments", ExperimentRow>({
  name: "experiments",
  version: 1,
  types,
  keys: (event) => [event.stream],
  keyedBy: "stream",
  evolve: (row, event) => evolveExperiment(row, event as unknown as ExperimentEvent),
});

/** The types that ledgers of checkpoints append, for whoever has to make them ready. */
export const checkpointEventTypes = [
  ...types,
  "hash.file-added",
  "checkpoint.saved",
  "checkpoint.pinned",
  "checkpoint.unpinned",
  "checkpoint.pruned",
  "checkpoint.compressed",
] as const satisfies readonly CatalogueEvent["type"][];

/** The next state of an experiment. Total: what is of no experiment changes nothing. */
export function evolveExperiment(row: ExperimentRow | undefined, event: ExperimentEvent): ExperimentRow | undefined {
  const experiment = parseExperimentStream(event.stream);
  if (experiment === undefined) return row;
  const mark = { changedSeq: event.seq, changed: event.at ?? event.time };
  switch (event.type) {
    case "hash.updated": {
      const { folder, parts } = event.data;
      const dumped = row?.dumped;
      return { experiment, folder, parts, ...(dumped === undefined ? {} : { dumped }), pending: differingParts(dumped?.parts ?? {}, parts), ...mark };
    }
    case "hash.dumped":
      // What another process has dumped of a hash that this experiment has left since says nothing of what is pending now.
      if (row === undefined || row.folder !== event.data.folder) return row;
      return { ...row, dumped: { folder: row.folder, parts: row.parts }, pending: [], ...mark };
    case "checkpoint.loaded": {
      const { folder, parts } = event.data;
      return parts === undefined ? row : { experiment, folder, parts, dumped: { folder, parts }, pending: [], ...mark };
    }
    default:
      return assertNever(event);
  }
}

/** The parts whose digests differ, in their order; one that is on one side only differs. Of digests by different algorithms nothing is known: they differ. */
export function differingParts(one: PartDigests, other: PartDigests): HashPart[] {
  return hashParts.filter((part) => one[part]?.digest !== other[part]?.digest || one[part]?.algorithm !== other[part]?.algorithm);
}
