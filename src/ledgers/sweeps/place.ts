import { InvalidOptionError, InvalidValueError } from "../../base/errors.js";
import { inspectJson } from "../../events/json-walk.js";
import { jsonPath, type JsonKey } from "../../events/json-path.js";
import type { Json } from "../../events/recorded-event.js";

/** Where a part of a sweep was given: in an argument, or in a file. Errors name it. */
export class Place {
  constructor(
    private readonly base: string,
    private readonly source: string | undefined,
  ) {}

  /** The place `keys` below this one. */
  below(...keys: readonly JsonKey[]): Place {
    return new Place(jsonPath(this.base, keys), this.source);
  }

  /** As messages name it, such as `axes.model.width` or `grid.yaml: $.zip.lr`. */
  name(keys: readonly JsonKey[] = []): string {
    return this.#named(jsonPath(this.base, keys));
  }

  /** An InvalidOptionError for an argument, an InvalidValueError for what was read. `problem` follows the name of the place. */
  error(keys: readonly JsonKey[], problem: string): InvalidOptionError | InvalidValueError {
    return this.source === undefined ? new InvalidOptionError(this.name(keys), problem) : new InvalidValueError(this.name(keys), problem);
  }

  /** `value` as JSON has it, as a copy. @throws InvalidValueError for what JSON would change */
  json(value: unknown): Json {
    const { fault } = inspectJson(value, this.base);
    if (fault !== undefined) throw new InvalidValueError(this.#named(fault.path), fault.problem);
    return JSON.parse(JSON.stringify(value)) as Json;
  }

  #named(path: string): string {
    return this.source === undefined || this.source === "" ? path : `${this.source}: ${path}`;
  }
}

/** An argument or option. */
export const argument = (name: string): Place => new Place(name, undefined);

/** The top of what was read from `source`, if that has a name. */
export const contentOf = (source = ""): Place => new Place("$", source);
