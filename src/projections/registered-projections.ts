import { InvalidOptionError, ProjectionUnknownError } from "../base/errors.js";
import { checkProjection } from "./projection.js";
import type { Projection } from "./projection.js";

/** The projections that an engine knows, by name. */
export class RegisteredProjections {
  readonly #byName = new Map<string, Projection>();

  /** Makes a projection known. @throws InvalidOptionError when another one has its name */
  add(projection: Projection): void {
    const known = this.#byName.get(projection?.name);
    // Asked for at every decision.
    if (known !== undefined && known === projection) return;
    checkProjection(projection);
    if (known !== undefined) throw new InvalidOptionError("projection", `"${projection.name}" is registered already, with another definition`);
    this.#byName.set(projection.name, projection);
  }

  get names(): string[] {
    return [...this.#byName.keys()];
  }

  get all(): Iterable<Projection> {
    return this.#byName.values();
  }

  /** @throws ProjectionUnknownError */
  definition(name: string): Projection {
    const projection = this.#byName.get(name);
    if (projection === undefined) throw new ProjectionUnknownError(name, this.names);
    return projection;
  }
}
