import { checkKnown, checkObject } from "../../base/checks.js";
import { InvalidOptionError, preview } from "../../base/errors.js";
import { callFields, resolveCall } from "./call-options.js";
import type { CallOptions, ResolvedCall } from "./call-options.js";

/** @throws InvalidOptionError */
export function checkWork(work: unknown): void {
  if (typeof work !== "function") throw new InvalidOptionError("work", `must be a function, not ${preview(work)}`);
}

/** Options of a call that hold its work, or the work with options behind it. @throws InvalidOptionError */
export function resolveSpawn<T, Work extends (...args: never[]) => unknown>(
  first: (CallOptions<T> & { readonly work: Work }) | Work,
  options: CallOptions<T> = {},
): ResolvedCall<T> & { readonly work: Work } {
  if (typeof first === "function") return { work: first, ...resolveCall(options) };
  checkObject(first);
  checkKnown(first, [...callFields, "work"]);
  const { work, ...rest } = first;
  checkWork(work);
  return { work, ...resolveCall<T>(rest) };
}
