import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import type { BestRule, RetentionPolicy } from "../../../src/checkpoints.js";
import { UsageError } from "../errors.js";
import { wholeNumber } from "../numbers.js";
import { span } from "../spans.js";

/** What retention keeps, as the command line says it. */
export interface PolicyOptions {
  readonly keepLast?: number;
  readonly keepBest?: readonly BestRule[];
  readonly keepEvery?: number;
  readonly keepYounger?: number;
  readonly keepLastHashes?: number;
}

/** Declares the rules of retention as options. */
export function declarePolicy(command: Command): Command {
  return command
    .option("--keep-last <n>", "the n highest steps of each hash", wholeNumber(1))
    .option("--keep-best <n:field>", "the n best by a field of their metadata: 3:loss (the smallest), 3:accuracy:max; repeated: any of them", bestRule)
    .option("--keep-every <k>", "steps that are multiples of k", wholeNumber(1))
    .option("--keep-younger <span>", "what was saved since: 12h, 7d", span)
    .option("--keep-last-hashes <n>", "everything of the n hashes that were used last", wholeNumber(1));
}

/** The policy that the options say. @throws UsageError when they say none: all but the newest would go */
export function policyOf({ keepLast, keepBest, keepEvery, keepYounger, keepLastHashes }: PolicyOptions): RetentionPolicy {
  const policy = {
    ...(keepLast === undefined ? {} : { keepLast }),
    ...(keepBest === undefined ? {} : { keepBest }),
    ...(keepEvery === undefined ? {} : { keepEvery }),
    ...(keepYounger === undefined ? {} : { keepYoungerThanMs: keepYounger }),
    ...(keepLastHashes === undefined ? {} : { keepLastHashes }),
  };
  if (Object.keys(policy).length === 0) throw new UsageError("say what to keep: --keep-last, --keep-best, --keep-every, --keep-younger or --keep-last-hashes");
  return policy;
}

function bestRule(text: string, rules: readonly BestRule[] = []): readonly BestRule[] {
  const [, n = "", by = "", goal = "min"] = /^(\d+):(.+?)(?::(min|max))?$/.exec(text) ?? [];
  if (by === "" || !Number.isSafeInteger(Number(n)) || Number(n) < 1) throw new InvalidArgumentError("It must be a number from 1 on and a field, such as 3:loss or 3:accuracy:max.");
  return [...rules, { n: Number(n), by, goal: goal === "max" ? "max" : "min" }];
}
