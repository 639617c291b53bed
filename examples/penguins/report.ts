/** What the demo prints about the data, the runs and the events: pure functions from values to text. */
import Table from "cli-table3";
import colors from "picocolors";
import type { RecordedEvent, RunRecord } from "../../src/index.js";
import { type PreparedData, SPECIES } from "./dataset.js";

/** Columns without lines between them: narrow, and easily copied. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const edges = ["top", "mid", "bottom"].flatMap((edge) => [edge, `${edge}-mid`, `${edge}-left`, `${edge}-right`]);
  const sides = ["left", "left-mid", "right", "right-mid"];
  const chars = { ...Object.fromEntries([...edges, ...sides].map((name) => [name, ""])), middle: "  " };
  const style = { head: [], border: [], "padding-left": 0, "padding-right": 0 };
  const made = new Table({ head: head.map((name) => colors.dim(name)), chars, style });
  made.push(...rows.map((row) => [...row]));
  return made.toString().replaceAll(/ +$/gm, "");
}

/** What was read, what was dropped and why, and who sees which rows. */
export function describeData({ cleaned, scaled }: PreparedData): string {
  const reasons = [...cleaned.dropped].map(([reason, count]) => `${count} ${count === 1 ? "row" : "rows"}: ${reason}`);
  const parts = Object.entries({ train: scaled.train, validation: scaled.validation, "held out": scaled.heldOut });
  const shares = parts.map(([name, rows]) => {
    const bySpecies = SPECIES.map((_name, label) => String(rows.filter((row) => row.label === label).length));
    return [name, String(rows.length), ...bySpecies];
  });
  return [
    `${cleaned.total} penguins read; ${cleaned.total - cleaned.complete.length} incomplete ones dropped, nothing filled in or guessed:`,
    ...reasons.map((reason) => `  ${reason}`),
    `${cleaned.complete.length} complete ones split by species (inputs are scaled by the training rows' mean and deviation alone):`,
    table(["part", "rows", ...SPECIES], shares),
  ].join("\n");
}

/** The number as recorded, rounded for the eye. */
function rounded(value: unknown, digits = 4): string {
  return typeof value === "number" ? value.toFixed(digits) : "-";
}

/** The runs, the best one marked. */
export function runsTable(records: readonly RunRecord[], bestUid: string | undefined): string {
  const head = ["run", "status", "attempts", "hidden", "lr", "L2", "val. loss", "held-out acc.", ""];
  const rows = records.map(({ uid, status, attempts, params, metrics }) => {
    const best = uid === bestUid;
    const cells = [
      ...[uid, status, String(attempts.length)],
      ...["hidden", "learningRate", "l2"].map((name) => JSON.stringify(params?.[name] ?? null)),
      ...["validationLoss", "heldOutAccuracy"].map((name) => rounded(metrics[name])),
      best ? "<- best" : "",
    ];
    return best ? cells.map((cell) => colors.green(cell)) : cells;
  });
  return table(head, rows);
}

/** JSON, its numbers rounded and the whole cut to a width. */
function short(data: object, width: number): string {
  const round = (_key: string, value: unknown): unknown =>
    typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(3)) : value;
  const text = JSON.stringify(data, round);
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** Events as they stand in the log, in lines of about that width. */
export function eventsTable(events: readonly RecordedEvent[], width: number): string {
  const besidesData = 52;
  const rows = events.map(({ seq, time, type, by, data }) => [String(seq), time.slice(11, 23), type, by, short(data, Math.max(20, width - besidesData))]);
  return table(["seq", "time (UTC)", "type", "by", "data"], rows);
}

/** A heading between the demo's steps. */
export function heading(text: string): string {
  return `\n${colors.bold(colors.cyan(text))}`;
}
