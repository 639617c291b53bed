import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { PartDigests } from "../../src/events/checkpoint-events.js";
import type { JsonObject } from "../../src/events/recorded-event.js";

/** An experiment, and the hash that it has in every release. */
export interface GoldenExperiment {
  readonly name: string;
  readonly model?: JsonObject;
  readonly config?: JsonObject;
  readonly dataState?: JsonObject;
  readonly excludeKeys?: readonly string[];
  readonly hash: string;
  readonly parts: PartDigests;
}

/** The file of golden experiments. Entries are added, and never changed. */
export const goldenExperimentsFile = fileURLToPath(new URL("experiment-hashes.json", import.meta.url));

/** All of them. */
export const goldenExperiments = (): GoldenExperiment[] => JSON.parse(readFileSync(goldenExperimentsFile, "utf8")) as GoldenExperiment[];
