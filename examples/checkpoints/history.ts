/** The hash history, as the demo prints it. */
import type { CheckpointManager, HashDiff } from "../../src/checkpoints.js";

/** A line for each hash, oldest first, with what makes it another one than the one before it, and its checkpoints. */
export async function hashHistory(manager: CheckpointManager): Promise<string> {
  const lines: string[] = [];
  let before: string | undefined;
  for (const hash of await manager.listExperimentHashes()) {
    const info = await manager.getCheckpointInfo(hash);
    lines.push([hash.slice(0, 8), hash.slice(8, 16), hash.slice(16)].join(" "));
    if (before !== undefined) lines.push(...changesOf(await manager.diffHashes(before, hash)).map((line) => `  ${line}`));
    const steps = (info?.modelCheckpoints ?? []).map(({ step }) => step);
    lines.push(`  checkpoints: ${steps.join(", ") || "none"}`);
    before = hash;
  }
  return lines.join("\n");
}

function changesOf({ changed, config, data, model }: HashDiff): string[] {
  return [
    `changed: ${changed.join(", ")}`,
    ...(config ?? []).map(({ path, before, after }) => `config ${path}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`),
    ...(model === undefined ? [] : ["the model's layers"]),
    ...(data === undefined ? [] : [`data: ${data.discarded.count} of ${data.samples.after} samples discarded (${data.discarded.uids.join(", ")})`, ...Object.entries(data.tags).map(([tag, { added }]) => `data: tag ${tag} on ${added}`)]),
  ];
}
