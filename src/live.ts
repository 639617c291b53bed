/**
 * daybook/live: the log and its views as streams that go on, across processes. Observables for RxJS, and async iterables
 * for loops that take their time.
 */
export { followEvents, followView } from "./live/follow.js";
export type { FollowOptions } from "./live/follow.js";
export type { LiveOptions } from "./live/live-options.js";
export { events$, view$ } from "./live/observe.js";
