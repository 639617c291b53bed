/** How operations, sessions and calls are named. Randomness comes as an argument: bytes as hex. */

/** Random hex digits, so many. */
export type RandomHex = (digits: number) => string;

/**
 * The id of a new operation: `20261128T09:30:00.123-build-1a2b3c4d`, the time being UTC. Takes a participant id, of which it keeps what every other id may hold, too.
 */
export function newOperationId(nowMs: number, participant: string, random: RandomHex): string {
  const [date = "", time = ""] = new Date(nowMs).toISOString().slice(0, -1).split("T");
  return `${date.replaceAll("-", "")}T${time}-${shortName(participant)}-${random(8)}`;
}

/** The id of a new session: `s` and 12 hex digits. */
export const newSessionId = (random: RandomHex): string => `s${random(12)}`;

/** The initiator's token of a new operation: 32 hex digits. */
export const newToken = (random: RandomHex): string => random(32);

/** Names the calls of a participant: `call_build_1_9f3c21d0`; those that are spawned begin with `spawn_`. */
export class CallIds {
  #count = 0;
  readonly #participant: string;

  constructor(
    participant: string,
    readonly random: RandomHex,
  ) {
    this.#participant = shortName(participant);
  }

  next(prefix: "call" | "spawn"): string {
    this.#count += 1;
    return `${prefix}_${this.#participant}_${this.#count}_${this.random(8)}`;
  }
}

/** A participant as it stands in other ids: at most 64 characters, and no two dots in a row. */
const shortName = (participant: string): string => participant.replace(/[^A-Za-z0-9_.:-]+/g, "_").replace(/\.{2,}/g, ".").slice(0, 64);
