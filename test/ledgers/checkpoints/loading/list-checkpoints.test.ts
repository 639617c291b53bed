import { describe, expect, it } from "vitest";
import { checkpointStream, experimentStream } from "../../../../src/events/checkpoint-names.js";
import { getCheckpointInfo, listCheckpoints, listExperimentHashes } from "../../../../src/ledgers/checkpoints/loading/list-checkpoints.js";
import { folderOf, givenCheckpoints, pathOf } from "./given-checkpoints.js";

const [A, B] = [folderOf("b", "1"), folderOf("a", "2")];

describe("what the log knows of checkpoints", () => {
  it("lists hashes oldest first, and each once however often an experiment came to it", async () => {
    const given = await givenCheckpoints();
    expect(await listExperimentHashes(given.context)).toEqual([]);
    await given.cameTo("b", "1");
    await given.cameTo("a", "2");
    await given.cameTo("b", "1");
    expect(await listExperimentHashes(given.context)).toEqual([A, B]);
  });

  it("lists checkpoints by hash and rising steps, each save by itself, without those that were given up unless asked for", async () => {
    const given = await givenCheckpoints();
    await given.cameTo("b", "1");
    for (const step of [1_000_000, 2, 1]) await given.saved(step);
    await given.saved(2, { loss: 1 }, { save: 2 });
    await given.cameTo("a", "2");
    await given.saved(0);
    await given.append(checkpointStream(A, 1), "checkpoint.pruned", { saves: [1], reason: "keepLast 2" });
    await given.append(checkpointStream(A, 2), "checkpoint.pinned", { reason: "paper" });
    const entries = await listCheckpoints(given.context);
    expect(entries.map(({ hash, step, save }) => [hash, step, save])).toEqual([[A, 2, 1], [A, 2, 2], [A, 1_000_000, 1], [B, 0, 1]]);
    expect(entries[1]).toMatchObject({ experiment: "main", by: "tester", metadata: { loss: 1 }, pinned: { reason: "paper" }, files: { weights: { path: `memory:${pathOf(A, 2, 2)}`, bytes: 11 } } });
    expect(await listCheckpoints(given.context, { hash: B })).toHaveLength(1);
    expect(await listCheckpoints(given.context, { experiment: "other" })).toEqual([]);
    expect((await listCheckpoints(given.context, { hash: A, pruned: true }))[0]).toMatchObject({ step: 1, pruned: { reason: "keepLast 2", by: "tester" } });
    await expect(listCheckpoints(given.context, { hash: "c".repeat(24) })).rejects.toMatchObject({ code: "CHECKPOINT_NOT_FOUND" });
  });

  it("tells what is in a hash's folder: checkpoints, architecture, configurations, backups", async () => {
    const given = await givenCheckpoints();
    expect(await getCheckpointInfo(given.context)).toBeUndefined();
    await given.cameTo("b", "1", { dump: false });
    expect(await getCheckpointInfo(given.context)).toMatchObject({ expHash: A, modelCheckpoints: [], latestStep: undefined, architectureSaved: false, configs: [], dataBackups: [], dumped: false });
    await given.cameTo("b", "1");
    await given.saved(7);
    const file = await given.put(`checkpoints/${A}/data/${A}_data.h5`, "rows");
    await given.append(experimentStream("main"), "hash.file-added", { folder: A, kind: "data-backup", name: "data", file });
    await given.append(experimentStream("main"), "hash.file-added", { folder: A, kind: "config", name: "optimizer_config", file });
    const info = await getCheckpointInfo(given.context, A);
    expect(info).toMatchObject({
      expHash: A,
      folder: `memory:checkpoints/${A}`,
      modelCheckpoints: [{ step: 7, save: 1 }],
      latestStep: 7,
      architectureSaved: true,
      configs: ["config", "optimizer_config"],
      dataStateSaved: false,
      dataBackups: ["data"],
      dumped: true,
      collides: {},
    });
    expect(info?.files["data-backup/data"]).toMatchObject({ path: `memory:checkpoints/${A}/data/${A}_data.h5`, bytes: 4 });
  });
});
