import type { HistoryChange } from "../../src/index.js";
import { coloursOf } from "./colours.js";
import type { Colours } from "./colours.js";
import { terminalWidth } from "./table.js";
import { clean, columnsOf, localTime, pad, shorten } from "./text.js";

/** Makes a function that shows in one line what an event changed: seq, local time, stream (if asked for), by, description, cause. Columns widen as needed. */
export function historyLine({ streams }: { readonly streams: boolean }): (change: HistoryChange) => string {
  const colours = coloursOf();
  const widths = { seq: 4, stream: 14, by: 8 };
  const column = (name: keyof typeof widths, text: string): number => (widths[name] = Math.min(48, Math.max(widths[name], columnsOf(text))));
  return ({ event, text }) => {
    const [seq, stream, by] = [String(event.seq), clean(event.stream), clean(event.by)];
    const cause = event.cause === undefined ? "" : ` (cause: ${clean(String(event.cause))})`;
    const width = terminalWidth() ?? Infinity;
    const time = localTime(event.at ?? event.time).slice(width < 100 ? 11 : 0);
    const plain = [seq.padStart(column("seq", seq)), time, ...(streams ? [pad(stream, column("stream", stream))] : []), pad(by, column("by", by))];
    const room = Math.max(20, width - columnsOf(plain.join("  ")) - 2 - columnsOf(cause));
    const [first = "", when = "", ...rest] = plain;
    const who = rest.pop() ?? "";
    return [colours.dim(first), colours.dim(when), ...rest.map(colours.cyan), who, colourOf(event, colours)(shorten(clean(text), room)) + (cause === "" ? "" : colours.dim(cause))].join("  ");
  };
}

/** Good news, bad news, and what is there by the hundred. */
function colourOf({ type, data }: HistoryChange["event"], colours: Colours): (text: string) => string {
  switch (type) {
    case "run.status-changed":
      return data["status"] === "DONE" ? colours.green : data["status"] === "ERROR" ? colours.red : colours.cyan;
    case "run.error-recorded":
    case "log.recovered":
      return colours.red;
    case "run.allocated":
    case "run.attempt-started":
    case "hash.updated":
      return colours.cyan;
    case "checkpoint.saved":
      return colours.green;
    case "run.attempt-ended":
    case "checkpoint.pruned":
      return colours.yellow;
    case "run.heartbeat-recorded":
      return colours.dim;
    default:
      return (text) => text;
  }
}
