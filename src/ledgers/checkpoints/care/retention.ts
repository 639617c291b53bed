import type { JsonObject } from "../../../events/recorded-event.js";
import type { CheckpointRow, SaveRow } from "../../../projections/views/checkpoints.js";
import type { HashRow, LoadedSave } from "../../../projections/views/hashes.js";
import { wordsOfBest } from "./policy.js";
import type { ResolvedPolicy } from "./policy.js";

/** A save, and why it stays or goes. */
export interface Judged {
  readonly row: CheckpointRow;
  readonly save: SaveRow;
  /** Kept: the rules that keep it. Victim: the rule that did not. */
  readonly rule: string;
}

/** What a policy comes to. Every save that is still there is in one of the two. */
export interface RetentionPlan {
  readonly kept: readonly Judged[];
  /** By hash, then by step, then by save. */
  readonly victims: readonly Judged[];
}

/** What a policy is applied to. */
export interface RetentionInput {
  readonly checkpoints: Iterable<CheckpointRow>;
  readonly hashes: Iterable<HashRow>;
  readonly nowMs: number;
}

/** Says which saves stay and which go. Pure; whether files are intact is another matter. */
export function planRetention(policy: ResolvedPolicy, { checkpoints, hashes, nowMs }: RetentionInput): RetentionPlan {
  const hashRows = [...hashes];
  const ofLastHashes = lastHashes(hashRows, policy.keepLastHashes ?? 0);
  const left = leftAt(hashRows);
  const [kept, victims]: [Judged[], Judged[]] = [[], []];
  for (const [folder, rows] of byFolder(checkpoints)) {
    const why = new Map<SaveRow, string[]>();
    const keep = (save: SaveRow | undefined, rule: string): void => {
      if (save !== undefined && save.pruned === undefined) why.set(save, [...(why.get(save) ?? []), rule]);
    };
    const current = rows.flatMap((row) => currentOf(row) ?? []);
    const steps = rows.filter((row) => currentOf(row) !== undefined);
    keep(current.at(-1), "the highest step of its hash");
    keep(newestOf(current), "the newest of its hash");
    for (const save of branchPoints(rows, left.get(folder) ?? [], hashRows.find((hash) => hash.folder === folder)?.loaded ?? [])) keep(save, "where another line began");
    for (const row of rows) if (row.pinned !== undefined) for (const save of row.saves) keep(save, "pinned");
    if (policy.keepLast !== undefined) for (const save of current.slice(-policy.keepLast)) keep(save, `the last ${policy.keepLast}`);
    for (const rule of policy.keepBest) for (const save of bestOf(current, rule)) keep(save, wordsOfBest(rule));
    for (const row of steps) if (policy.keepEvery !== undefined && row.step % policy.keepEvery === 0) keep(currentOf(row), `a multiple of ${policy.keepEvery}`);
    for (const { saves } of rows) {
      for (const save of saves) {
        if (policy.keepYoungerThanMs !== undefined && nowMs - Date.parse(save.time) < policy.keepYoungerThanMs) keep(save, "young");
        if (ofLastHashes.has(folder)) keep(save, `of the last ${policy.keepLastHashes} hashes`);
      }
    }
    for (const row of rows) {
      for (const save of row.saves.filter(({ pruned }) => pruned === undefined)) {
        const rules = why.get(save);
        if (rules !== undefined) kept.push({ row, save, rule: rules.join("; ") });
        else victims.push({ row, save, rule: save === currentOf(row) ? `not among what is kept: ${policy.words}` : `saved again as save ${currentOf(row)?.save ?? ""}` });
      }
    }
  }
  return { kept, victims };
}

/** The save of a step that is loaded: the last one that is there. */
export const currentOf = ({ saves }: CheckpointRow): SaveRow | undefined => saves.findLast(({ pruned }) => pruned === undefined);

/** Steps of each hash, in their order. */
function byFolder(checkpoints: Iterable<CheckpointRow>): Map<string, CheckpointRow[]> {
  const folders = new Map<string, CheckpointRow[]>();
  for (const row of checkpoints) {
    const rows = folders.get(row.folder);
    if (rows === undefined) folders.set(row.folder, [row]);
    else rows.push(row);
  }
  for (const rows of folders.values()) rows.sort((one, other) => one.step - other.step);
  return folders;
}

const newestOf = (saves: readonly SaveRow[]): SaveRow | undefined => saves.reduce<SaveRow | undefined>((newest, save) => (newest === undefined || save.seq > newest.seq ? save : newest), undefined);

/** Of each hash, where the log stood when another hash came of it. */
function leftAt(hashes: readonly HashRow[]): Map<string, number[]> {
  const left = new Map<string, number[]>();
  for (const { origins } of hashes) for (const { from, seq } of origins) if (from !== undefined) left.set(from, [...(left.get(from) ?? []), seq]);
  return left;
}

/**
 * Saves from which another line went on: the newest one at each time at which another hash came of this one, and what was loaded when newer ones were there.
 * Loading the newest one only goes on with the same line.
 */
function branchPoints(rows: readonly CheckpointRow[], left: readonly number[], loads: readonly LoadedSave[]): SaveRow[] {
  const saves = rows.flatMap((row) => row.saves.map((save) => ({ step: row.step, save })));
  const before = (seq: number): SaveRow[] => saves.flatMap(({ save }) => (save.seq < seq ? [save] : []));
  const loaded = loads.flatMap((load) => {
    const save = saves.find((one) => one.step === load.step && one.save.save === load.save)?.save;
    return save !== undefined && before(load.seq).some(({ seq }) => seq > save.seq) ? [save] : [];
  });
  return [...left.flatMap((seq) => newestOf(before(seq)) ?? []), ...loaded];
}

function bestOf(saves: readonly SaveRow[], { n, by, goal }: ResolvedPolicy["keepBest"][number]): SaveRow[] {
  const measured = saves.flatMap((save, index) => {
    const value = fieldOf(save.metadata ?? {}, by);
    return value === undefined ? [] : [{ save, index, value: goal === "min" ? value : -value }];
  });
  return measured.sort((one, other) => one.value - other.value || other.index - one.index).slice(0, n).map(({ save }) => save);
}

/** A number of the metadata: of that very name, or where its dots lead. */
function fieldOf(metadata: JsonObject, by: string): number | undefined {
  const own = (value: unknown, key: string): unknown => (typeof value === "object" && value !== null && Object.hasOwn(value, key) ? (value as JsonObject)[key] : undefined);
  const value = own(metadata, by) ?? by.split(".").reduce<unknown>(own, metadata);
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** Of each experiment, the hashes that it came to last. */
function lastHashes(hashes: readonly HashRow[], n: number): Set<string> {
  const experiments = new Set(hashes.flatMap(({ origins }) => origins.map(({ experiment }) => experiment)));
  const newest = [...hashes].reverse().sort((one, other) => Date.parse(other.used) - Date.parse(one.used));
  return new Set([...experiments].flatMap((name) => newest.filter(({ origins }) => origins.some(({ experiment }) => experiment === name)).slice(0, n).map(({ folder }) => folder)));
}
