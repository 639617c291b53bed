import type { Projection } from "../projection.js";
import { appendIdsProjection } from "./append-ids.js";
import { importsProjection } from "./imports.js";
import { runIndexProjection } from "./run-index.js";
import { runsProjection } from "./runs.js";

/** The projections every daybook has. */
export const builtInProjections: readonly Projection[] = [runsProjection, runIndexProjection, appendIdsProjection, importsProjection];
