import type { Daybook } from "../daybook.js";

/** True for an open daybook: by what it can do, so that one of another copy of the package is taken too. */
export function isDaybook(value: unknown): value is Daybook {
  if (typeof value !== "object" || value === null) return false;
  const { runs, log } = value as { runs?: { obtain?: unknown }; log?: { assertOpen?: unknown } };
  return typeof runs?.obtain === "function" && typeof log?.assertOpen === "function";
}
