/** The data of events about warm starts. The stream of each is that of its key: `warm-start/KEY`. */
import type { ArtifactRef } from "./checkpoint-events.js";

/** What an entry is: the state of a fit on its way, or its result. */
export const warmStartKinds = ["checkpoint", "final"] as const;

/** What an entry is: the state of a fit on its way, or its result. */
export type WarmStartKind = (typeof warmStartKinds)[number];

/** Why an entry was given up: older than its time to live, over the size budget, or its payload altered or gone. */
export const evictionReasons = ["expired", "budget", "corrupt", "missing"] as const;

/** Why an entry was given up: older than its time to live, over the size budget, or its payload altered or gone. */
export type EvictionReason = (typeof evictionReasons)[number];

/** What a fit had begun from: an entry of its own key, or one of a related problem that was preloaded. */
export type WarmStartSeed = { readonly key: string; readonly run: string; readonly source: "exact" | "preloaded" };

/** Type aliases, not interfaces: so each is a JSON object to the compiler. */
export type WarmStartEvents = {
  /**
   * A slot holds another payload now; its file was durable before. `run` names the slot; `save` counts what was saved in it, from 1 on. `replaced`:
   * the bytes of the payload that it held before. `seed`: what the fit had begun from, told once, with its first save.
   * `writtenAt`: what the clock of the store showed, where it has one of its own; the age of the entry counts from it.
   */
  readonly "warm-start.saved": {
    readonly run: string;
    readonly save: number;
    readonly kind: WarmStartKind;
    readonly file: ArtifactRef;
    readonly objective?: number;
    readonly iteration?: number;
    readonly replaced?: number;
    readonly seed?: WarmStartSeed;
    readonly writtenAt?: string;
  };
  /** What the slot held as of `save` is given up, and its file of `bytes` bytes deleted after this event. */
  readonly "warm-start.evicted": { readonly run: string; readonly save: number; readonly bytes: number; readonly reason: EvictionReason };
};
