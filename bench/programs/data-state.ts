/** A data state: its digest, its digest again after a change, and its file. */
import { createHash } from "node:crypto";
import { dataContent, inlineContent } from "../../src/ledgers/checkpoints/data-state/data-content.js";
import { DataState } from "../../src/ledgers/checkpoints/data-state/data-state.js";
import { dataStateYaml } from "../../src/ledgers/checkpoints/data-state/dump-data-state.js";
import { hashDataState } from "../../src/ledgers/checkpoints/data-state/hash-data-state.js";
import type { PartContent } from "../../src/events/checkpoint-events.js";
import { xxh3of128 } from "../../src/log/xxh3-128.js";
import { argumentsOf, expectEqual, peakResidentMb, report, wayOf } from "./program.js";

const { way, count, changes } = argumentsOf<{ readonly way: string; readonly count: number; readonly changes: number }>();

// In no order, and by way of JSON: texts as a file gives them, each in one piece. 7919 is a prime.
const uids = JSON.parse(JSON.stringify(Array.from({ length: count }, (_, index) => `sample_${String((index * 7919) % count).padStart(7, "0")}`))) as string[];
const discarded = new Set(uids.filter((_, index) => index % 10 === 0));
const tags = new Map(uids.filter((_, index) => index % 5 === 0).map((uid) => [uid, ["validated", "clean"]]));
const changed = uids.slice(1, changes * 2).filter((uid) => !discarded.has(uid)).slice(0, changes);

/** Each gives the work to measure, which gives how many bytes it wrote, and a digest. */
const ways: Readonly<Record<string, () => () => Promise<readonly [number, string]> | readonly [number, string]>> = {
  floor: () => {
    const bytes = Buffer.from(lines().join("\n"));
    return () => [0, xxh3of128(bytes).toString("hex")];
  },
  sorted: () => () => [0, createHash("sha256").update(lines().sort().join("\n")).digest("hex")],
  hash: () => () => [0, hashDataState({ uids, discarded, tags }).digest],
  update: () => {
    const state = new DataState({ uids, discarded, tags });
    expectEqual("the digest", state.digest, hashDataState({ uids, discarded, tags }).digest);
    return () => [0, state.discard(changed).digest];
  },
  "yaml-whole": () => {
    const state = new DataState({ uids, discarded, tags });
    return async () => await written(state, new Map());
  },
  "yaml-delta": () => {
    const state = new DataState({ uids, discarded, tags });
    const known = new Map<string, PartContent>([[state.digest, { lines: [] }]]);
    state.discard(changed);
    return async () => await written(state, known);
  },
};

const lines = (): string[] => uids.map((uid) => `${uid}:d${discarded.has(uid) ? 1 : 0}:t${[...(tags.get(uid) ?? [])].sort().join(",")}`);

async function written(state: DataState, contents: Map<string, PartContent>): Promise<readonly [number, string]> {
  const { digest } = state;
  contents.set(digest, inlineContent(dataContent(state, (one) => contents.get(one))));
  const chunks = await dataStateYaml(digest, { known: (one) => contents.get(one), read: () => Promise.reject(new Error("no file")), locate: () => "memory", fileOf: () => undefined });
  let bytes = 0;
  for (const chunk of chunks ?? []) bytes += chunk.length;
  return [bytes, digest];
}

const work = wayOf(ways, way)();
const before = peakResidentMb();
const begin = performance.now();
const [bytes, digest] = await work();
const ms = performance.now() - begin;
expectEqual("digits", digest.length >= 32, true);
report({ ms, moreMb: peakResidentMb() - before, kilobytes: bytes / 1000 });
