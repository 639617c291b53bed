import { InvalidOptionError, preview } from "../../../base/errors.js";

/** What may be registered is an object. @throws InvalidOptionError */
export function registrable(field: string, value: unknown): unknown {
  if (typeof value === "object" && value !== null) return value;
  throw new InvalidOptionError(field, `must be an object, not ${preview(value)}`);
}
