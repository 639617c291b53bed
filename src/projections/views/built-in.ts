import type { Projection } from "../projection.js";
import { appendIdsProjection } from "./append-ids.js";
import { checkpointsProjection } from "./checkpoints.js";
import { experimentsProjection } from "./experiments.js";
import { hashPartsProjection } from "./hash-parts.js";
import { hashesProjection } from "./hashes.js";
import { importsProjection } from "./imports.js";
import { openCallsProjection } from "./open-calls.js";
import { operationSessionsProjection } from "./operation-sessions.js";
import { operationsProjection } from "./operations.js";
import { runIndexProjection } from "./run-index.js";
import { runsProjection } from "./runs.js";
import { tempResourcesProjection } from "./temp-resources.js";
import { warmStartKeysProjection, warmStartsProjection, warmStartTotalsProjection } from "./warm-starts.js";

/** The projections every daybook has. */
export const builtInProjections: readonly Projection[] = [
  runsProjection,
  runIndexProjection,
  experimentsProjection,
  hashesProjection,
  hashPartsProjection,
  checkpointsProjection,
  warmStartsProjection,
  warmStartKeysProjection,
  warmStartTotalsProjection,
  operationsProjection,
  operationSessionsProjection,
  openCallsProjection,
  tempResourcesProjection,
  appendIdsProjection,
  importsProjection,
];
