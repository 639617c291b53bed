import type { RecordedEvent } from "../../src/index.js";
import { coloursOf } from "./colours.js";
import { terminalWidth } from "./table.js";
import { clean, columnsOf, localTime, pad, shorten } from "./text.js";

/** Data longer than this is cut where no terminal sets a limit. */
const longestData = 160;

/** Makes a function that shows an event in one line: seq, local time, stream, type, short data, by. Columns widen as needed. */
export function eventLine(): (event: RecordedEvent) => string {
  const colours = coloursOf();
  const widths = { seq: 4, stream: 14, type: 21 };
  const column = (name: keyof typeof widths, text: string): number => (widths[name] = Math.min(48, Math.max(widths[name], columnsOf(text))));
  return (event) => {
    const [seq, stream, type, by] = [String(event.seq), clean(event.stream), clean(event.type), `by ${clean(event.by)}`];
    const width = terminalWidth() ?? Infinity;
    // A narrow terminal has no room for the date, a very narrow one none for the participant.
    const plain = [seq.padStart(column("seq", seq)), localTime(event.at ?? event.time).slice(width < 100 ? 11 : 0), pad(stream, column("stream", stream)), pad(type, column("type", type))];
    const end = width < 80 ? "" : `  ${colours.dim(by)}`;
    const room = width - columnsOf(plain.join("  ")) - (end === "" ? 2 : columnsOf(by) + 4);
    const data = shorten(clean(JSON.stringify(event.data)), Math.max(8, Math.min(longestData, room)));
    const [first = "", time = "", entity = "", kind = ""] = plain;
    return `${colours.dim(first)}  ${colours.dim(time)}  ${colours.cyan(entity)}  ${kind}  ${data}${end}`;
  };
}
