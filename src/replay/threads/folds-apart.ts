import type { EventRegistry } from "../../events/validation.js";
import type { Projection } from "../../projections/projection.js";
import { builtInProjections } from "../../projections/views/built-in.js";
import type { ProjectionModule } from "../projection-module.js";

/** What other threads need to fold the same log: where it lies, and where they find the projections of an application. */
export class FoldsApart {
  readonly #modules = new Map<string, string>();
  readonly #types = new Set<string>();

  constructor(
    readonly root: string,
    readonly registry: EventRegistry,
  ) {}

  /** A module whose projections and event types are registered here; a thread can import it too. */
  add(module: ProjectionModule): void {
    for (const { name } of module.projections) this.#modules.set(name, module.url);
    for (const type of module.eventTypes.keys()) this.#types.add(type);
  }

  /** True when another thread can fold it to the same state: it has the definition, and every upcaster. */
  canFold(projection: Projection): boolean {
    if (!builtInProjections.includes(projection) && !this.#modules.has(projection.name)) return false;
    if (projection.asWritten === true) return true;
    for (const [type, version] of this.versions()) {
      const upcast = version > 1 && !this.#types.has(type);
      if (upcast && (projection.types?.includes(type) ?? true)) return false;
    }
    return true;
  }

  /** URLs of the modules of some projections. */
  modulesOf(projections: readonly Projection[]): string[] {
    const urls = projections.map(({ name }) => this.#modules.get(name)).filter((url) => url !== undefined);
    return [...new Set(urls)];
  }

  /** The newest version of each event type of the application. */
  versions(): Map<string, number> {
    const { registry } = this;
    const own = [...registry.types()].filter((type) => !registry.isReserved(type));
    return new Map(own.map((type) => [type, registry.currentVersion(type)]));
  }
}
