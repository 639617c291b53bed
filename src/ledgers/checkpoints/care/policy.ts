import { checkKnown, checkObject, checkWhole } from "../../../base/checks.js";
import { InvalidOptionError, preview } from "../../../base/errors.js";
import { problemOfPrintable } from "../../../events/text.js";

/** The best by a field of their metadata, such as `loss` or `val.accuracy`. `goal`: what is better. Default `"min"`. */
export interface BestRule {
  readonly n: number;
  readonly by: string;
  readonly goal?: "min" | "max";
}

/**
 * What retention keeps of each hash: whatever any of the rules keeps. At least one has to be there. Kept whatever they say: what is pinned, the newest of
 * each hash, where another line began, and of each hash one that is intact.
 */
export interface RetentionPolicy {
  /** The n highest steps. */
  readonly keepLast?: number;
  /** Ties: the higher step. What has no such number is never among them. */
  readonly keepBest?: BestRule | readonly BestRule[];
  /** Steps that are multiples of k. */
  readonly keepEvery?: number;
  /** What was saved less than so many milliseconds ago. */
  readonly keepYoungerThanMs?: number;
  /** Everything of the n hashes that an experiment came to last. */
  readonly keepLastHashes?: number;
}

/** A policy, checked. */
export interface ResolvedPolicy extends Omit<RetentionPolicy, "keepBest"> {
  readonly keepBest: readonly Required<BestRule>[];
  /** Its rules in words. */
  readonly words: string;
}

const known = ["keepLast", "keepBest", "keepEvery", "keepYoungerThanMs", "keepLastHashes"];
const most = Number.MAX_SAFE_INTEGER;

/** @throws InvalidOptionError naming the field, also for a policy that keeps nothing */
export function resolvePolicy(policy: RetentionPolicy): ResolvedPolicy {
  checkObject(policy, "policy");
  checkKnown(policy, known);
  const { keepLast, keepEvery, keepYoungerThanMs, keepLastHashes, keepBest } = policy;
  for (const [field, value] of Object.entries({ keepLast, keepEvery, keepLastHashes })) checkWhole(field, value, 1, most);
  if (keepYoungerThanMs !== undefined && !(typeof keepYoungerThanMs === "number" && keepYoungerThanMs >= 0)) {
    throw new InvalidOptionError("keepYoungerThanMs", `must be a number of milliseconds from 0 on, not ${preview(keepYoungerThanMs)}`);
  }
  const best = (keepBest === undefined ? [] : Array.isArray(keepBest) ? (keepBest as readonly BestRule[]) : [keepBest as BestRule]).map(resolveBest);
  const words = [
    ...(keepLast === undefined ? [] : [`the last ${keepLast}`]),
    ...best.map(wordsOfBest),
    ...(keepEvery === undefined ? [] : [`every step that is a multiple of ${keepEvery}`]),
    ...(keepYoungerThanMs === undefined ? [] : [`those younger than ${keepYoungerThanMs} ms`]),
    ...(keepLastHashes === undefined ? [] : [`all of the last ${keepLastHashes} hashes`]),
  ];
  if (words.length === 0) throw new InvalidOptionError("policy", `must say what to keep: ${known.join(", ")}`);
  return { ...policy, keepBest: best, words: words.join("; ") };
}

/** `the best 2 by loss (min)` */
export const wordsOfBest = ({ n, by, goal }: Required<BestRule>): string => `the best ${n} by ${by} (${goal})`;

function resolveBest(rule: BestRule): Required<BestRule> {
  checkObject(rule, "keepBest");
  for (const field of Object.keys(rule)) if (!["n", "by", "goal"].includes(field)) throw new InvalidOptionError(`keepBest.${field}`, "is none of n, by, goal");
  const { n, by, goal = "min" } = rule as Partial<BestRule>;
  if (n === undefined) throw new InvalidOptionError("keepBest.n", "is missing: how many");
  checkWhole("keepBest.n", n, 1, most);
  if (typeof by !== "string" || problemOfPrintable(by, 256) !== undefined) throw new InvalidOptionError("keepBest.by", `must be the name of a field of the metadata, not ${preview(by)}`);
  if (!["min", "max"].includes(goal)) throw new InvalidOptionError("keepBest.goal", `must be "min" or "max", not ${preview(goal)}`);
  return { n, by, goal };
}
