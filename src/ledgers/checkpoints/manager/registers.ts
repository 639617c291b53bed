import { InvalidOptionError, NothingRegisteredError, preview } from "../../../base/errors.js";
import { problemOfPrintable } from "../../../events/text.js";

const maxName = 256;

/** Something registered, with its name. */
export interface Named {
  readonly name: string;
  readonly value: unknown;
}

/** A name under which something is registered. @throws InvalidOptionError */
export function checkedName(field: string, value: unknown): string {
  const problem = typeof value === "string" ? problemOfPrintable(value, maxName) : `must be a text, not ${preview(value)}`;
  if (problem !== undefined || value === "") throw new InvalidOptionError(field, problem ?? "must not be empty");
  return value as string;
}

/** The one that is registered; undefined where there are none, or several. */
export function onlyRegistered(register: ReadonlyMap<string, unknown>): Named | undefined {
  const [one, other] = register;
  return one === undefined || other !== undefined ? undefined : { name: one[0], value: one[1] };
}

/**
 * What a call means: what is given, else what is registered under the name, else the only one that is registered. Undefined where nothing is.
 * @throws NothingRegisteredError for a name that nothing is registered under, and where several are @throws InvalidOptionError
 */
export function meant(what: "model" | "optimizer", register: ReadonlyMap<string, unknown>, given: unknown, name: unknown): { readonly name?: string; readonly value: unknown } | undefined {
  const names = [...register.keys()].map((one) => preview(one)).join(", ");
  const named = name === undefined || name === null ? undefined : checkedName(`${what}Name`, name);
  if (given !== undefined && given !== null) {
    const known = named ?? [...register].find(([, value]) => value === given)?.[0];
    return known === undefined ? { value: given } : { name: known, value: given };
  }
  if (named !== undefined) {
    if (register.has(named)) return { name: named, value: register.get(named) };
    throw new NothingRegisteredError(what, `No ${what} is registered as ${preview(named)}${names === "" ? "" : `; there are ${names}`}`);
  }
  if (register.size > 1) throw new NothingRegisteredError(what, `Several ${what}s are registered, and the call has to name one: ${names}`);
  return onlyRegistered(register);
}
