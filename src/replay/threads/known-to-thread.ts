import { EventRegistry } from "../../events/validation.js";
import type { EventReading } from "../../projections/fold-state.js";
import type { Projection } from "../../projections/projection.js";
import { builtInProjections } from "../../projections/views/built-in.js";
import { readProjectionModule } from "../projection-module.js";
import type { NamedProjection } from "./messages.js";

/** What a thread knows by itself: the built-in projections, and what it imports. */
export interface KnownToThread {
  readonly reading: EventReading;
  /** @throws Error for one that it does not know in that version */
  readonly named: (wanted: NamedProjection) => Projection;
}

/** Imports modules. `versions` are those of whoever asked: they decide which events are folded. @throws ProjectionsUnreadableError */
export async function knownTo(modules: readonly string[], versions: ReadonlyMap<string, number>): Promise<KnownToThread> {
  const registry = new EventRegistry();
  const projections = new Map(builtInProjections.map((one) => [one.name, one]));
  for (const url of modules) {
    const module = await readProjectionModule(new URL(url));
    for (const [type, options] of module.eventTypes) registry.register(type, options);
    for (const projection of module.projections) projections.set(projection.name, projection);
  }
  return {
    reading: { upcast: (event) => registry.upcast(event), newestVersion: (type) => versions.get(type) ?? registry.newestVersion(type) },
    named: ({ name, version }) => {
      const projection = projections.get(name);
      if (projection?.version !== version) throw new Error(`there is no projection ${name} of version ${version}`);
      return projection;
    },
  };
}
