import type { OperationInfo } from "../../../src/operations.js";
import { coloursOf } from "../colours.js";
import type { Colours } from "../colours.js";
import { tableLines, terminalWidth } from "../table.js";
import { clean, duration, localTime, shorten } from "../text.js";

const longestText = 48;

/** Operations as a table, times as of `nowMs`. */
export async function operationsTable(rows: readonly OperationInfo[], nowMs: number): Promise<string[]> {
  const colours = coloursOf();
  const right = "right" as const;
  const heads = [{ head: "operation", whole: true }, { head: "state" }, { head: "started" }, { head: "took", align: right }, { head: "calls" }, { head: "in it", align: right }, { head: "what" }];
  const cells = rows.map((row) => [
    clean(row.operationId),
    stateOf(row, colours),
    colours.dim(localTime(row.startedAt)),
    duration(spanOf(row, nowMs)),
    callsOf(row),
    String(row.openSessions.length),
    shorten(clean(row.failure?.reason ?? row.description ?? ""), longestText),
  ]);
  return tableLines(heads.map((column) => ({ ...column, head: colours.bold(column.head) })), cells, terminalWidth());
}

/** How long it took, or has taken up to now. */
export const spanOf = ({ startedAt, elapsedMs }: OperationInfo, nowMs: number): number => elapsedMs ?? nowMs - Date.parse(startedAt);

/** The state, and whether it is aborted. */
export function stateOf({ state, aborted }: OperationInfo, colours: Colours): string {
  const shown = { running: colours.cyan, cleanup: colours.yellow, completed: colours.green, failed: colours.red }[state](state);
  return aborted === undefined ? shown : `${shown} ${colours.yellow("aborted")}`;
}

/** `12`, `12: 1 failed, 2 open` */
export function callsOf({ calls: { started, ended: _, ...others } }: OperationInfo): string {
  const said = Object.entries(others).filter(([, count]) => count > 0).map(([what, count]) => `${count} ${what}`);
  return `${started}${said.length === 0 ? "" : `: ${said.join(", ")}`}`;
}
