import { checkKnown } from "../../base/checks.js";
import { InvalidOptionError, preview } from "../../base/errors.js";
import { unixSecs } from "./entries.js";
import type { CachedEntry, PreloadableEntry } from "./entries.js";
import { Fingerprint } from "./fingerprint.js";
import { checkedIteration, checkedKind, checkedObjective, copiedPayload, parseRun } from "./save-input.js";

const fields = ["payload", "objective", "iteration", "kind", "writtenUnixSecs", "writtenAt", "key", "run", "index"];

/** A copy of an entry, which nobody else can change. @throws InvalidOptionError naming the field @throws InvalidIdError */
export function preloadable(entry: unknown): CachedEntry {
  if (typeof entry !== "object" || entry === null) throw new InvalidOptionError("entry", `must be an entry, with a payload, not ${preview(entry)}`);
  checkKnown(entry, fields);
  const { payload, objective, iteration, kind = "checkpoint", writtenAt, key, run } = entry as PreloadableEntry;
  if (writtenAt !== undefined && !(typeof writtenAt === "string" && Number.isFinite(Date.parse(writtenAt)))) throw new InvalidOptionError("writtenAt", `must be a time as ISO 8601, not ${preview(writtenAt)}`);
  const { writtenUnixSecs = writtenAt === undefined ? 0 : unixSecs(writtenAt) } = entry as PreloadableEntry;
  if (!Number.isFinite(writtenUnixSecs)) throw new InvalidOptionError("writtenUnixSecs", `must be seconds since 1970, not ${preview(writtenUnixSecs)}`);
  const [score, step] = [checkedObjective(objective), checkedIteration(iteration)];
  return {
    payload: copiedPayload("payload", payload),
    ...(score === undefined ? {} : { objective: score }),
    ...(step === undefined ? {} : { iteration: step }),
    kind: checkedKind(kind),
    writtenUnixSecs,
    ...(writtenAt === undefined ? {} : { writtenAt }),
    ...(key === undefined ? {} : { key: Fingerprint.hexOf("key", key) }),
    ...(run === undefined ? {} : { run: parseRun(run) }),
  };
}
