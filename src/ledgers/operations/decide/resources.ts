import { resourceKey } from "../../../projections/views/temp-resources.js";
import type { OutsideCommand, SessionCommand } from "../commands.js";
import type { OperationNews, OperationView } from "./view.js";

type Register = Extract<SessionCommand, { readonly kind: "register-resource" }>;
type Release = Extract<SessionCommand, { readonly kind: "release-resource" }>;
type Removed = Extract<OutsideCommand, { readonly kind: "resource-removed" }>;

/** `operation.resource-registered`; nothing for one that is. @throws OperationClosedError @throws SessionInactiveError @throws SessionExpiredError */
export function decideRegisterResource(view: OperationView, { session, path }: Register): readonly OperationNews[] {
  view.requireOpen(session);
  view.requireRunning();
  return view.states["temp-resources"].get(resourceKey(view.id, session, path)) === undefined ? [view.news("operation.resource-registered", { session, path })] : [];
}

/**
 * `operation.resource-released`, also after the session was left or its operation has ended: a file outlives both. Nothing for one that is not registered.
 * @throws SessionInactiveError @throws SessionExpiredError
 */
export function decideReleaseResource(view: OperationView, { session, path }: Release): readonly OperationNews[] {
  view.requireKnown(session, "or left");
  return view.states["temp-resources"].get(resourceKey(view.id, session, path)) === undefined ? [] : [view.news("operation.resource-released", { session, path })];
}

/**
 * `operation.resource-removed`: somebody cleaned up for a session that is over, or tried to. Nothing for a resource that is not registered, for one whose session is
 * open, and for a problem that is known. @throws SessionInactiveError @throws SessionExpiredError
 */
export function decideResourceRemoved(view: OperationView, { session, owner, path, outcome, problem }: Removed): readonly OperationNews[] {
  if (session !== undefined) view.requireKnown(session);
  const row = view.states["temp-resources"].get(resourceKey(view.id, owner, path));
  const gone = outcome === "removed" || outcome === "missing";
  if (row === undefined || view.session(owner)?.state === "open" || (!gone && row.problem === (problem ?? outcome))) return [];
  return [view.news("operation.resource-removed", { session: owner, path, outcome, ...(problem === undefined ? {} : { problem }) })];
}
