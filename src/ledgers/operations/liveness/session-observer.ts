/** Who of an operation's sessions is alive, as one observer counts it. Pure: time and the sight of processes come from outside. */
import type { SessionRow } from "../../../projections/views/operation-sessions.js";
import type { ProcessIdentity } from "../../runs/process-identity.js";
import type { ProcessSight } from "../../runs/liveness.js";

/** A session's last sign of life, and when it was seen, on the observer's clock. */
interface Sighting {
  readonly row: SessionRow;
  readonly seenAtMs: number;
}

/** The dead among the sessions that are open. */
export interface Judgement {
  /** Their processes do not exist any more. */
  readonly gone: readonly SessionRow[];
  /** They have been silent for longer than they promised. */
  readonly silent: readonly SessionRow[];
}

/**
 * Counts from when it *saw* a beat, on its own clock: what the clocks of other hosts show never matters. How long a silence is too long says the session's own last promise,
 * so every observer decides alike.
 */
export class SessionObserver {
  readonly #own: ReadonlySet<string>;
  #sightings = new Map<string, Sighting>();

  /** @param own sessions that are not judged */
  constructor(own: readonly string[] = []) {
    this.#own = new Set(own);
  }

  /** Takes note of a look at the sessions. A beat is new when its seq is. */
  saw(sessions: readonly SessionRow[], nowMs: number): void {
    const sightings = new Map<string, Sighting>();
    for (const row of sessions) {
      if (row.state !== "open" || this.#own.has(row.session)) continue;
      const known = this.#sightings.get(row.session);
      sightings.set(row.session, { row, seenAtMs: known !== undefined && known.row.beat.seq === row.beat.seq ? known.seenAtMs : nowMs });
    }
    this.#sightings = sightings;
  }

  /**
   * The observer was held up for so long: stopped, or the log took nothing from it. What others did meanwhile it cannot know, so that time is nobody's silence; where it
   * is more than half of what a session may be silent, it counts that session anew.
   */
  heldUp(lagMs: number, nowMs: number): void {
    if (lagMs <= 0) return;
    for (const [session, { row, seenAtMs }] of this.#sightings) {
      const countsAnew = lagMs > row.beat.staleAfterMs / 2;
      this.#sightings.set(session, { row, seenAtMs: countsAnew ? nowMs : Math.min(nowMs, seenAtMs + lagMs) });
    }
  }

  /** How long a session has been silent; undefined for one that is not observed. */
  silenceOf(session: string, nowMs: number): number | undefined {
    const sighting = this.#sightings.get(session);
    return sighting === undefined ? undefined : nowMs - sighting.seenAtMs;
  }

  /** Who is dead by now. */
  judge(nowMs: number, sees: (process: ProcessIdentity) => ProcessSight): Judgement {
    const gone: SessionRow[] = [];
    const silent: SessionRow[] = [];
    for (const { row, seenAtMs } of this.#sightings.values()) {
      if (sees(row) === "gone") gone.push(row);
      else if (nowMs - seenAtMs > row.beat.staleAfterMs) silent.push(row);
    }
    return { gone, silent };
  }
}

/** The session that cleans up on a host: the one of those open there that began first. So it is one, without anybody being asked. */
export function hostAgent(sessions: readonly SessionRow[], here: ProcessIdentity): string | undefined {
  const open = sessions.filter((row) => row.state === "open" && isOnHost(row, here));
  return open.reduce<SessionRow | undefined>((first, row) => (first === undefined || row.joined.seq < first.joined.seq ? row : first), undefined)?.session;
}

/** On the same host, since the same boot, and where its pids mean something. */
export const isOnHost = (process: ProcessIdentity, here: ProcessIdentity): boolean =>
  process.host === here.host && process.boot === here.boot && process.pidNamespace === here.pidNamespace;
