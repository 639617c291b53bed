import { describe, expect, it } from "vitest";
import type { EventCatalogue } from "../../../src/events/catalogue.js";
import type { PartDigests } from "../../../src/events/checkpoint-events.js";
import { checkpointStream, experimentStream, formatStep, parseCheckpointStream, parseExperimentStream } from "../../../src/events/checkpoint-names.js";
import type { RecordedEvent } from "../../../src/events/recorded-event.js";
import { checkpointsProjection } from "../../../src/projections/views/checkpoints.js";
import { experimentsProjection } from "../../../src/projections/views/experiments.js";
import { hashPartsProjection, knownPart } from "../../../src/projections/views/hash-parts.js";
import { hashesProjection } from "../../../src/projections/views/hashes.js";
import type { Json } from "../../../src/index.js";
import { foldRows } from "./fold-rows.js";

const folderOf = (digit: string): string => digit.repeat(24);
const [A, B] = [folderOf("a"), folderOf("b")];
const part = (digit: string, algorithm = "config-1") => ({ digest: digit.repeat(32), algorithm });
const parts = (model: string, config: string): PartDigests => ({ model: part(model, "model-1"), config: part(config) });
const file = { path: "checkpoints/x/hp/x_config.yaml", bytes: 3, sha256: "0".repeat(64) };

let seq = 0;
function event<Type extends keyof EventCatalogue>(stream: string, type: Type, data: EventCatalogue[Type], by = "w"): RecordedEvent {
  seq += 1;
  return { seq, time: new Date(seq * 1000).toISOString(), stream, type, v: 1, data, by };
}
const onMain = <Type extends keyof EventCatalogue>(type: Type, data: EventCatalogue[Type]): RecordedEvent => event(experimentStream("main"), type, data);

const cameToA = () => onMain("hash.updated", { folder: A, hash: A, parts: parts("1", "2"), changed: ["model", "config"] });
const cameToB = () => onMain("hash.updated", { folder: B, hash: B, parts: parts("1", "3"), from: A, changed: ["config"] });
const dumped = (folder: string) => onMain("hash.dumped", { folder, parts: ["config"], files: { config: file } });

describe("the view of experiments", () => {
  const main = (events: readonly RecordedEvent[]) => foldRows(experimentsProjection, events).get(experimentStream("main"));

  it("has everything pending that was never dumped, and nothing behind a dump", () => {
    expect(main([cameToA()])).toMatchObject({ experiment: "main", folder: A, pending: ["model", "config"] });
    expect(main([cameToA(), dumped(A)])).toMatchObject({ folder: A, pending: [], dumped: { folder: A } });
  });

  it("has what differs from the last dump pending, so the way back leaves nothing", () => {
    expect(main([cameToA(), dumped(A), cameToB()])?.pending).toEqual(["config"]);
    const back = onMain("hash.updated", { folder: A, hash: A, parts: parts("1", "2"), from: B, changed: ["config"] });
    expect(main([cameToA(), dumped(A), cameToB(), back])?.pending).toEqual([]);
  });

  it("takes digests of different algorithms for different", () => {
    const other = onMain("hash.updated", { folder: B, hash: B, parts: { ...parts("1", "2"), config: part("2", "config-2") }, from: A, changed: ["config"] });
    expect(main([cameToA(), dumped(A), other])?.pending).toEqual(["config"]);
  });

  it("keeps what is pending when a hash that it has left is dumped", () => {
    expect(main([cameToA(), cameToB(), dumped(A)])).toMatchObject({ folder: B, pending: ["model", "config"] });
  });

  it("moves to a hash that was loaded, and stays where it resumes from the weights of another", () => {
    const loaded = onMain("checkpoint.loaded", { folder: A, step: 3, save: 1, parts: parts("1", "2"), from: B });
    expect(main([cameToA(), dumped(A), cameToB(), loaded])).toMatchObject({ folder: A, pending: [] });
    const resumed = onMain("checkpoint.loaded", { folder: A, step: 3, save: 1, resumed: true });
    expect(main([cameToA(), dumped(A), cameToB(), resumed])).toMatchObject({ folder: B, pending: ["config"] });
  });
});

describe("the view of hashes", () => {
  const row = (events: readonly RecordedEvent[], folder: string) => foldRows(hashesProjection, events).get(folder);

  it("tells where a hash came from, each way once and how often", () => {
    const [first, there, again] = [cameToA(), cameToB(), cameToB()];
    expect(row([first, there, again], B)?.origins).toEqual([
      { experiment: "main", from: A, changed: ["config"], seq: there.seq, time: there.time, by: "w", count: 2 },
    ]);
    expect(row([first, there, again], A)?.origins).toMatchObject([{ experiment: "main", changed: ["model", "config"], count: 1 }]);
    expect(row([first, there, again], B)?.used).toBe(again.time);
  });

  it("has the last dump, and of added files the latest of each name", () => {
    const added = (name: string, bytes: number) => onMain("hash.file-added", { folder: A, kind: "config", name, file: { ...file, bytes } });
    const found = row([cameToA(), dumped(A), added("one", 1), added("two", 2), added("one", 3)], A);
    expect(found?.dumped?.files).toEqual({ config: file });
    expect(found?.added.map(({ name, file: { bytes } }) => [name, bytes])).toEqual([["two", 2], ["one", 3]]);
  });

  it("has each save that was loaded once, with the last time", () => {
    const load = (step: number, save?: number) => onMain("checkpoint.loaded", { folder: A, step, ...(save === undefined ? {} : { save }), resumed: true });
    const [one, two, again, unknown] = [load(1, 1), load(2, 1), load(1, 1), load(3)];
    const first = cameToA();
    const found = row([first, one, two, again, unknown], A);
    expect(found?.loaded).toEqual([{ step: 2, save: 1, seq: two.seq }, { step: 1, save: 1, seq: again.seq }]);
    expect(found?.used).toBe(first.time);
    expect(row([first], A)).not.toHaveProperty("loaded");
  });

  it("knows nothing of a hash that nobody came to", () => expect(row([dumped(A)], A)).toBeUndefined());
});

describe("the view of parts", () => {
  it("keeps each content once, and two digests with the same eight digits apart", () => {
    const [one, other] = ["12345678" + "0".repeat(24), "12345678" + "1".repeat(24)];
    const update = (folder: string, digest: string, json: Json) =>
      onMain("hash.updated", { folder, hash: A, parts: { config: { digest, algorithm: "config-1" } }, changed: ["config"], contents: { config: { json } } });
    const rows = foldRows(hashPartsProjection, [update(A, one, { lr: 1 }), update(`${A}-2`, other, { lr: 2 }), update(B, one, { lr: 1 })]);
    expect(rows.size).toBe(1);
    expect(knownPart(rows, "config", one)).toEqual({ digest: one, algorithm: "config-1", content: { json: { lr: 1 } }, folder: A });
    expect(knownPart(rows, "config", other)).toMatchObject({ content: { json: { lr: 2 } }, folder: `${A}-2` });
    expect(knownPart(rows, "model", one)).toBeUndefined();
  });
});

describe("the view of checkpoints", () => {
  const stream = checkpointStream(A, 100);
  const saved = (save: number) => event(stream, "checkpoint.saved", { experiment: "main", folder: A, step: 100, save, files: { weights: { ...file, bytes: save } }, metadata: { loss: save } });
  const row = (events: readonly RecordedEvent[]) => foldRows(checkpointsProjection, events).get(stream);

  it("has every save of a step, in their order", () => {
    expect(row([saved(1), saved(2)])).toMatchObject({ experiment: "main", folder: A, step: 100, saves: [{ save: 1, metadata: { loss: 1 } }, { save: 2 }] });
  });

  it("pins, unpins, prunes one save and not the other, and takes over what was compressed", () => {
    const packed = { ...file, codec: "gzip" as const, storedBytes: 1 };
    const events = [saved(1), saved(2), event(stream, "checkpoint.pinned", { reason: "best" }), event(stream, "checkpoint.pruned", { saves: [1], reason: "last 1" }), event(stream, "checkpoint.compressed", { save: 2, files: { weights: packed } })];
    const found = row(events);
    expect(found?.pinned).toMatchObject({ reason: "best", by: "w" });
    expect(found?.saves.map(({ pruned }) => pruned?.reason)).toEqual(["last 1", undefined]);
    expect(found?.saves[1]?.files).toEqual({ weights: packed });
    expect(row([...events, event(stream, "checkpoint.unpinned", {})])).not.toHaveProperty("pinned");
  });

  it("knows nothing of a checkpoint that was never saved, or whose stream is none", () => {
    expect(row([event(stream, "checkpoint.pinned", {})])).toBeUndefined();
    expect(foldRows(checkpointsProjection, [{ ...saved(1), stream: `checkpoint/${A}` }]).size).toBe(0);
  });
});

describe("the names of checkpoint streams", () => {
  it.each([[0, "000000"], [100, "000100"], [1_000_000, "1000000"], [Number.MAX_SAFE_INTEGER, "9007199254740991"]])("step %d is %s, there and back", (step, digits) => {
    expect(formatStep(step)).toBe(digits);
    expect(parseCheckpointStream(checkpointStream(`${A}-12`, step))).toEqual({ folder: `${A}-12`, step });
  });

  it.each(["checkpoint", `checkpoint/${A}`, `checkpoint/${A}/100`, `checkpoint/${A}/0000100`, `checkpoint/${A}/000100/x`, `run/${A}/000100`, "checkpoint/../000100", `checkpoint/${A}/99999999999999999`])("%s is no checkpoint", (stream) =>
    expect(parseCheckpointStream(stream)).toBeUndefined());

  it("an experiment's stream has one part behind its noun", () => {
    expect(parseExperimentStream(experimentStream("main"))).toBe("main");
    for (const stream of ["experiment", "experiment/", "experiment/a/b", "run/a"]) expect(parseExperimentStream(stream)).toBeUndefined();
  });
});
