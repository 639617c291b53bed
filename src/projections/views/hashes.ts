import { assertNever } from "../../base/assert-never.js";
import type { CatalogueEvent } from "../../events/catalogue.js";
import type { ArtifactRef, ArtifactRefs, HashPart, PartDigests } from "../../events/checkpoint-events.js";
import { parseExperimentStream } from "../../events/checkpoint-names.js";
import { defineProjection } from "../projection.js";

/** A way to a hash: from another one, or (without `from`) as the first of its experiment. */
export type HashOrigin = {
  readonly experiment: string;
  readonly from?: string;
  readonly changed: readonly HashPart[];
  /** Of the first event that went this way; `count` says how many did. */
  readonly seq: number;
  readonly time: string;
  readonly by: string;
  readonly count: number;
};

/** A file that was put into a hash's folder by itself. */
export type AddedFile = { readonly kind: string; readonly name: string; readonly file: ArtifactRef; readonly seq: number; readonly time: string; readonly by: string };

/** A save that was loaded, and when last: where the log stood then. */
export type LoadedSave = { readonly step: number; readonly save: number; readonly seq: number };

/** An experiment hash: what it stands for, where it came from, and what is in its folder. */
export type HashRow = {
  readonly folder: string;
  /** 24 hex digits; of two experiments that share them by chance, `folder` tells which. */
  readonly hash: string;
  readonly parts: PartDigests;
  readonly excluded?: readonly string[];
  readonly collides?: { readonly [part: string]: string };
  /** In the order in which they first happened. */
  readonly origins: readonly HashOrigin[];
  /** The last dump into the folder; undefined while nothing was dumped. */
  readonly dumped?: { readonly seq: number; readonly time: string; readonly by: string; readonly files: ArtifactRefs };
  /** By kind and name, the latest of each. */
  readonly added: readonly AddedFile[];
  /** Its saves that were loaded, each once. */
  readonly loaded?: readonly LoadedSave[];
  /** When an experiment last came to it (ISO 8601). */
  readonly used: string;
};

const types = ["hash.updated", "hash.dumped", "hash.file-added", "checkpoint.loaded"] as const;
type HashEvent = Extract<CatalogueEvent, { readonly type: (typeof types)[number] }>;

/** Experiment hashes, by folder. */
export const hashesProjection = defineProjection<"hashes", HashRow>({
  name: "hashes",
  version: 1,
  types,
  keys: (event) => (typeof event.data["folder"] === "string" ? [event.data["folder"]] : []),
  evolve: (row, event) => evolveHash(row, event as unknown as HashEvent),
});

/** The next state of a hash. Total: an event of one that nobody came to changes nothing. */
export function evolveHash(row: HashRow | undefined, event: HashEvent): HashRow | undefined {
  const experiment = parseExperimentStream(event.stream);
  if (experiment === undefined) return row;
  const { seq, by } = event;
  const time = event.at ?? event.time;
  switch (event.type) {
    case "hash.updated": {
      const { folder, hash, parts, from, changed, excluded, collides } = event.data;
      const origin = { experiment, ...(from === undefined ? {} : { from }), changed, seq, time, by, count: 1 };
      if (row !== undefined) return { ...row, origins: withOrigin(row.origins, origin), used: time };
      return { folder, hash, parts, ...(excluded === undefined ? {} : { excluded }), ...(collides === undefined ? {} : { collides }), origins: [origin], added: [], used: time };
    }
    case "hash.dumped":
      return row === undefined ? undefined : { ...row, dumped: { seq, time, by, files: event.data.files } };
    case "hash.file-added": {
      const { kind, name, file } = event.data;
      return row === undefined ? undefined : { ...row, added: [...row.added.filter((one) => one.kind !== kind || one.name !== name), { kind, name, file, seq, time, by }] };
    }
    case "checkpoint.loaded":
      return row === undefined ? undefined : { ...row, ...withLoaded(row, event), ...(event.data.parts === undefined ? {} : { used: time }) };
    default:
      return assertNever(event);
  }
}

/** Going back and forth between two hashes is one way each, however often. */
function withOrigin(origins: readonly HashOrigin[], origin: HashOrigin): readonly HashOrigin[] {
  const known = origins.findIndex(({ experiment, from }) => experiment === origin.experiment && from === origin.from);
  return known === -1 ? [...origins, origin] : origins.map((one, index) => (index === known ? { ...one, count: one.count + 1 } : one));
}

function withLoaded({ loaded = [] }: HashRow, { data: { step, save }, seq }: Extract<HashEvent, { readonly type: "checkpoint.loaded" }>): Pick<HashRow, "loaded"> {
  if (step === undefined || save === undefined) return {};
  return { loaded: [...loaded.filter((one) => one.step !== step || one.save !== save), { step, save, seq }] };
}
