import { checkpointStream } from "../../../events/checkpoint-names.js";
import type { CheckpointEvents } from "../../../events/checkpoint-events.js";
import type { Decision } from "../../../projections/engine.js";
import type { Rows } from "../../../projections/projection.js";
import type { CheckpointRow } from "../../../projections/views/checkpoints.js";

/** `checkpoint.saved`, as one more save of its step. The result is the number of the save. */
export function decideSave({ checkpoints }: { readonly checkpoints: Pick<Rows<CheckpointRow>, "get"> }, saved: Omit<CheckpointEvents["checkpoint.saved"], "save">): Decision<number> {
  const stream = checkpointStream(saved.folder, saved.step);
  const save = (checkpoints.get(stream)?.saves.at(-1)?.save ?? 0) + 1;
  const { experiment, folder, step, ...rest } = saved;
  const data: CheckpointEvents["checkpoint.saved"] = { experiment, folder, step, save, ...rest };
  return { events: [{ stream, type: "checkpoint.saved", data }], result: save };
}

/** The step that follows those saved under a hash: 0 at first. */
export function followingStep(rows: Iterable<readonly [stream: string, row: CheckpointRow]>, folder: string): number {
  let last = -1;
  for (const [, row] of rows) if (row.folder === folder && row.step > last) last = row.step;
  return last + 1;
}
