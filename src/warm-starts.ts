/**
 * daybook/warm-starts: where fits of the same problem left off, by fingerprint of the problem, so that the next one begins at the best that is known.
 */
export type { EvictionReason, WarmStartKind } from "./events/warm-start-events.js";
