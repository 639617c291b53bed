import { mkdirSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { readArtifact } from "../../../../src/artifacts/read-artifact.js";
import { experimentStream } from "../../../../src/events/checkpoint-names.js";
import { compressCheckpoints } from "../../../../src/ledgers/checkpoints/care/compress.js";
import { gc } from "../../../../src/ledgers/checkpoints/care/gc.js";
import { prune } from "../../../../src/ledgers/checkpoints/care/prune.js";
import { verifyCheckpoints } from "../../../../src/ledgers/checkpoints/care/verify-checkpoints.js";
import { replaceArtifact } from "../../../../src/artifacts/put-artifact.js";
import { bytesOf } from "../../../../src/testing/artifacts/kit.js";
import { temporaryFolder } from "../../../support/temporary-folder.js";
import { A, B, folderCareBook, memoryCareBook } from "./care-book.js";
import type { CareBook } from "./care-book.js";

const hourAgo = (): Date => new Date(Date.now() - 2 * 3_600_000);

/** A root with one hash of three steps, and what others and killed processes have left in it. */
async function messyRoot(): Promise<{ care: CareBook; root: string; put: (path: string, old?: boolean) => void }> {
  const root = temporaryFolder();
  const care = await folderCareBook(root);
  await care.come(A);
  for (const step of [1, 2, 3]) await care.save(A, step);
  const put = (path: string, old = true): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), "left");
    if (old) utimesSync(join(root, path), hourAgo(), hourAgo());
  };
  return { care, root, put };
}

describe("clearing away", () => {
  it("deletes what no event speaks of, unless it is young or somebody else's", async () => {
    const { care, put } = await messyRoot();
    const orphan = `checkpoints/${A}/model/${A}_step_000004.bin`;
    const unfinished = `checkpoints/${A}/model/${A}_step_000005.bin.0011223344556677.new`;
    const part = `checkpoints/parts/data-${"1".repeat(32)}-on-${"2".repeat(32)}.txt`;
    const young = `checkpoints/${A}/hp/${A}_config.yaml`;
    // Another program's checkpoints, a hash that this log does not know, and a note.
    const foreign = [`checkpoints/${A}/notes.txt`, `checkpoints/${B}/model/${B}_step_000001.bin`, "checkpoints/manifest.json", "checkpoints/parts/readme.txt"];
    for (const path of [orphan, unfinished, part, ...foreign]) put(path);
    put(young, false);
    const before = await care.files();
    const dry = await gc(care.context, { dryRun: true });
    expect(await care.files()).toEqual(before);
    const report = await gc(care.context);
    expect(report).toEqual({ ...dry, dryRun: false });
    expect(report.deleted.map(({ path, why }) => [path, why]).sort()).toEqual([[orphan, "unnamed"], [unfinished, "unfinished"], [part, "unnamed"]].sort());
    expect([report.young.map(({ path }) => path), [...report.foreign].sort(), report.bytes, report.failed]).toEqual([[young], [...foreign].sort(), 12, []]);
    expect(await care.files()).toEqual(before.filter((path) => ![orphan, unfinished, part].includes(path)));
    expect((await gc(care.context, { graceMs: 0 })).deleted.map(({ path }) => path)).toEqual([young]);
    expect(await verifyCheckpoints(care.context)).toMatchObject({ ok: true, files: 3, orphans: [] });
  });

  it("keeps every file that an event names, of whichever kind", async () => {
    const { care } = await messyRoot();
    const name = async (path: string) => await replaceArtifact(care.context.artifacts, path, path);
    await care.append(experimentStream("main"), "hash.dumped", { folder: A, parts: ["config"], files: { config: await name(`checkpoints/${A}/hp/${A}_config.yaml`) } });
    await care.append(experimentStream("main"), "hash.file-added", { folder: A, kind: "data-backup", name: "b", file: await name(`checkpoints/${A}/data/${A}_b.h5`) });
    // A second one of that name does not take the first one away.
    await care.append(experimentStream("main"), "hash.file-added", { folder: A, kind: "data-backup", name: "b", file: await name(`checkpoints/${A}/data/${A}_b.2.h5`) });
    const file = await name(`checkpoints/parts/config-${"b".repeat(32)}.json`);
    await care.append(experimentStream("main"), "hash.updated", { folder: B, hash: B, parts: { config: { digest: "b".repeat(32), algorithm: "config-1" } }, changed: ["config"], from: A, contents: { config: { file } } });
    const before = await care.files();
    expect(before).toHaveLength(7);
    expect(await gc(care.context, { graceMs: 0 })).toMatchObject({ deleted: [], young: [], foreign: [] });
    expect(await care.files()).toEqual(before);
    expect(await verifyCheckpoints(care.context)).toMatchObject({ ok: true, files: 7 });
  });

  it("leaves alone what somebody puts in the place of an orphan meanwhile", async () => {
    const { care, root, put } = await messyRoot();
    const path = `checkpoints/${A}/model/${A}_step_000004.bin`;
    put(path);
    const { artifacts } = care.context;
    let lists = 0;
    const late = { ...care.context, artifacts: { get: artifacts.get.bind(artifacts), put: artifacts.put.bind(artifacts), delete: artifacts.delete.bind(artifacts), locate: artifacts.locate.bind(artifacts), list: (prefix: string) => {
      lists += 1;
      if (lists === 2) writeFileSync(join(root, path), "a new save");
      return artifacts.list(prefix);
    } } };
    expect((await gc(late)).deleted).toEqual([]);
    expect(lists).toBe(2);
    expect(await care.files()).toContain(path);
  });

  it("does nothing on a past or a read-only daybook", async () => {
    const { care } = await messyRoot();
    await using past = await care.book.at(2);
    for (const host of [past.runs.host, { ...care.context.host, readOnly: true }]) {
      for (const call of [() => gc({ ...care.context, host }, { graceMs: 0 }), () => compressCheckpoints({ ...care.context, host })]) await expect(call()).rejects.toMatchObject({ code: "LOG_READ_ONLY" });
    }
    await expect(gc({ ...care.context, host: past.runs.host }, { dryRun: true })).rejects.toMatchObject({ code: "LOG_READ_ONLY" });
    await expect(gc(care.context, { graceMs: -1 })).rejects.toMatchObject({ field: "graceMs" });
    await expect(gc(care.context, { grace: 1 } as object)).rejects.toMatchObject({ field: "grace" });
    expect(await care.files()).toHaveLength(3);
  });
});

describe("verifying checkpoints", () => {
  it("names every file that is missing, truncated or altered, and whose it is", async () => {
    const { care, root, put } = await messyRoot();
    const path = (step: number): string => `checkpoints/${A}/model/${A}_step_00000${step}.bin`;
    await care.context.artifacts.delete(path(1));
    truncateSync(join(root, path(2)), 10);
    const altered = bytesOf(1000, 4);
    altered[500] = (altered[500] ?? 0) ^ 1;
    writeFileSync(join(root, path(3)), altered);
    put(`checkpoints/${A}/model/${A}_step_000009.bin`);
    const progress: number[] = [];
    const report = await verifyCheckpoints(care.context, { onProgress: ({ bytes, totalBytes }) => progress.push(bytes / totalBytes) });
    const fault = (step: number, problem: string) => ({ hash: A, step, save: 1, role: "weights", path: path(step), problem });
    expect(report).toMatchObject({ ok: false, files: 3, bytes: 3000, foreign: [] });
    expect(report.faults).toEqual([
      fault(1, "is missing"),
      fault(2, "is truncated: it holds 10 bytes, and the log says 1000"),
      fault(3, "is altered: it has the 1000 bytes that the log says, with another SHA-256"),
    ]);
    expect(report.orphans.map(({ path: at, why }) => [at, why])).toEqual([[path(9), "unnamed"]]);
    expect(progress.at(-1)).toBe(1);
  });

  it("takes what is pruned while it reads for no fault", async () => {
    const { care } = await messyRoot();
    const { artifacts } = care.context;
    let once = false;
    const late = { ...care.context, artifacts: { put: artifacts.put.bind(artifacts), delete: artifacts.delete.bind(artifacts), locate: artifacts.locate.bind(artifacts), list: artifacts.list.bind(artifacts), get: async (path: string) => {
      if (!once) {
        once = true;
        await prune(care.context, { keepLast: 1 });
      }
      return await artifacts.get(path);
    } } };
    expect(await verifyCheckpoints(late)).toMatchObject({ ok: true, faults: [] });
    expect(await care.files()).toHaveLength(1);
  });

  it("takes what is compressed, and then pruned, while it reads for no fault", async () => {
    const care = await memoryCareBook();
    await care.come(A);
    for (const step of [1, 2]) await care.save(A, step, { content: Buffer.from("like text ".repeat(1000)) });
    const { artifacts } = care.context;
    const before = new Map<string, () => Promise<unknown>>([["bin", () => compressCheckpoints(care.context)], ["gz", () => prune(care.context, { keepLast: 1 })]]);
    const met: string[] = [];
    const late = { ...care.context, artifacts: { put: artifacts.put.bind(artifacts), delete: artifacts.delete.bind(artifacts), locate: artifacts.locate.bind(artifacts), list: artifacts.list.bind(artifacts), get: async (path: string) => {
      const kind = path.endsWith(".gz") ? "gz" : "bin";
      if (!met.includes(kind)) {
        met.push(kind);
        await before.get(kind)?.();
      }
      return await artifacts.get(path);
    } } };
    expect(await verifyCheckpoints(late)).toMatchObject({ ok: true, faults: [] });
    expect([met, await care.there()]).toEqual([["bin", "gz"], ["a 2.1"]]);
  });
});

describe("compressing checkpoints", () => {
  const text = (step: number): Buffer => Buffer.from(`step ${step} `.repeat(20_000));

  it("makes old ones smaller, and they read as before; the newest, and what gets no smaller, stay as they are", async () => {
    const care = await memoryCareBook();
    await care.come(A);
    for (const step of [1, 2, 4]) await care.save(A, step, { content: text(step) });
    await care.save(A, 3, { content: bytesOf(50_000) });
    const dry = await compressCheckpoints(care.context, { dryRun: true });
    expect(dry.compressed.map(({ step }) => step)).toEqual([1, 2, 3]);
    const report = await compressCheckpoints(care.context);
    expect(report).toMatchObject({ dryRun: false, incompressible: 1, failed: [] });
    expect(report.compressed.map(({ step, path }) => [step, path])).toEqual([1, 2].map((step) => [step, `checkpoints/${A}/model/${A}_step_00000${step}.bin.gz`]));
    expect(await care.files()).toEqual([1, 2, 3, 4].map((step) => `checkpoints/${A}/model/${A}_step_00000${step}.bin${step < 3 ? ".gz" : ""}`));
    for (const step of [1, 2, 4]) {
      const file = (await care.row(A, step))?.saves[0]?.files["weights"];
      expect(text(step).equals(await readArtifact(care.context.artifacts, file ?? { path: "x", bytes: 0, sha256: "" }))).toBe(true);
      if (step < 3) expect(file).toMatchObject({ codec: "gzip", bytes: text(step).length });
    }
    expect(await verifyCheckpoints(care.context)).toMatchObject({ ok: true, files: 4, orphans: [] });
    expect((await compressCheckpoints(care.context)).compressed).toEqual([]);
    await prune(care.context, { keepLast: 1 });
    // The highest step, and what was saved last.
    expect(await care.files()).toEqual([3, 4].map((step) => `checkpoints/${A}/model/${A}_step_00000${step}.bin`));
  });

  it("two at once compress each file once; what a killed one left is not written over, and goes with gc", async () => {
    const care = await folderCareBook(temporaryFolder());
    await care.come(A);
    for (const step of [1, 2, 3]) await care.save(A, step, { content: text(step) });
    await care.context.artifacts.put(`checkpoints/${A}/model/${A}_step_000001.bin.gz`, "half of");
    const reports = await Promise.all([compressCheckpoints(care.context), compressCheckpoints(care.context, { level: 1 })]);
    expect(reports.flatMap(({ compressed }) => compressed.map(({ step }) => step)).sort()).toEqual([1, 2]);
    expect(await verifyCheckpoints(care.context)).toMatchObject({ ok: true, files: 3 });
    await gc(care.context, { graceMs: 0 });
    expect(await care.files()).toHaveLength(3);
    expect(await verifyCheckpoints(care.context)).toMatchObject({ ok: true, files: 3, orphans: [] });
  });

  it("leaves a damaged file as it is and tells it, and leaves nothing when it is given up", async () => {
    const care = await memoryCareBook();
    await care.come(A);
    for (const step of [1, 2, 3]) await care.save(A, step, { content: text(step) });
    await care.context.artifacts.put(`checkpoints/${A}/model/${A}_step_000001.bin`, "x", { replace: true });
    const { failed, compressed } = await compressCheckpoints(care.context);
    expect(failed).toMatchObject([{ path: `checkpoints/${A}/model/${A}_step_000001.bin`, problem: expect.stringContaining("is truncated") as unknown }]);
    expect(compressed.map(({ step }) => step)).toEqual([2]);
    await care.save(A, 4);
    await expect(compressCheckpoints(care.context, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
    expect((await care.files()).filter((path) => path.endsWith(".gz"))).toHaveLength(1);
    for (const [options, field] of [[{ keep: -1 }, "keep"], [{ level: 10 }, "level"], [{ olderThanMs: NaN }, "olderThanMs"]] as const) await expect(compressCheckpoints(care.context, options)).rejects.toMatchObject({ field });
  });
});
