import type { Projection } from "../projection.js";
import { appendIdsProjection } from "./append-ids.js";
import { checkpointsProjection } from "./checkpoints.js";
import { experimentsProjection } from "./experiments.js";
import { hashPartsProjection } from "./hash-parts.js";
import { hashesProjection } from "./hashes.js";
import { importsProjection } from "./imports.js";
import { runIndexProjection } from "./run-index.js";
import { runsProjection } from "./runs.js";

/** The projections every daybook has. */
export const builtInProjections: readonly Projection[] = [
  runsProjection,
  runIndexProjection,
  experimentsProjection,
  hashesProjection,
  hashPartsProjection,
  checkpointsProjection,
  appendIdsProjection,
  importsProjection,
];
