import { InvalidOptionError, preview } from "../../../base/errors.js";

/** What may be registered is an object. @throws InvalidOptionError */
export function registrable(field: string, value: unknown): unknown {
  if (typeof value === "object" && value !== null) return value;
  throw new InvalidOptionError(field, `must be an object, not ${preview(value)}`);
}

/** A flag is true, false or not given, which is false. @throws InvalidOptionError */
export function flagOf(field: string, value: unknown): boolean {
  if (value === undefined || typeof value === "boolean") return value === true;
  throw new InvalidOptionError(field, `must be true or false, not ${preview(value)}`);
}
