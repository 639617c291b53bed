import type { SessionRow } from "../../../src/operations.js";
import type { Colours } from "../colours.js";
import { tableLines, terminalWidth } from "../table.js";
import { clean, duration, localTime } from "../text.js";

/** What can be seen of a session's process from here: it runs, it is gone, or it cannot be seen (another host, another time). */
export type Sight = "running" | "gone" | "unseen";

/** Sessions of an operation as a table: whose, where, since when, and whether they are alive. */
export async function sessionsTable(sessions: readonly SessionRow[], nowMs: number, sees: (session: SessionRow) => Sight, colours: Colours): Promise<string[]> {
  const heads = [{ head: "session", whole: true }, { head: "by" }, { head: "process" }, { head: "joined" }, { head: "open calls", align: "right" as const }, { head: "state" }];
  const cells = sessions.map((row) => [
    clean(row.session),
    clean(row.participant) + (row.initiator ? colours.dim(" (initiator)") : row.rescuer ? colours.dim(" (rescuer)") : ""),
    `${row.pid} on ${clean(row.host)}`,
    colours.dim(localTime(row.joined.time).slice(11)),
    String(row.openCalls),
    livenessOf(row, nowMs, sees, colours),
  ]);
  return tableLines(heads.map((column) => ({ ...column, head: colours.bold(column.head) })), cells, terminalWidth() === undefined ? undefined : Math.max(40, (terminalWidth() ?? 0) - 2));
}

/** How a session ended; of one that is open, what is seen of its process, and when it was last heard of. Nothing is judged here that the log has not. */
export function livenessOf(row: SessionRow, nowMs: number, sees: (session: SessionRow) => Sight, colours: Colours): string {
  const { over, state, beat } = row;
  const when = over === undefined ? "" : ` ${localTime(over.time).slice(11)}`;
  switch (state) {
    case "left":
      return `left${when}${over?.signal === undefined ? "" : `, by ${clean(over.signal)}`}${over?.reason === undefined ? "" : `: ${clean(over.reason)}`}`;
    case "crashed":
      return colours.red(`crashed${when}${over?.evidence === undefined ? "" : over.evidence === "gone" ? ": its process was gone" : ": silent for too long"}`);
    case "closed":
      return `until the end${when}`;
    case "open": {
      const silentMs = nowMs - Date.parse(beat.time);
      const heard = `heard of ${duration(silentMs)} ago`;
      const sight = sees(row);
      if (sight === "gone") return colours.red(`its process is gone, ${heard}`);
      const said = sight === "running" ? `alive, ${heard}` : heard;
      return silentMs > beat.staleAfterMs ? colours.yellow(said) : sight === "running" ? colours.green(said) : said;
    }
    default:
      return state satisfies never;
  }
}
