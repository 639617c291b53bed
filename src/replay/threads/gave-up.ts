/** Threads are of no use for this log or these projections: one thread has to fold all of it. */
export class GaveUp extends Error {}
