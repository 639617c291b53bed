import type { Json, RunRecord } from "../../src/index.js";

/** Text from a log as one line that cannot steer a terminal: control characters are shown as escapes. */
export function clean(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (one) => {
    if (one === "\n") return "\\n";
    return one === "\t" ? "\\t" : `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

// Twice as wide as others on a terminal: East Asian scripts, full-width forms, emoji.
const wide = /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{17000}-\u{18aff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;
// Marks upon the character before, and what only joins others.
const without = /[\p{Mn}\p{Me}\p{Cf}]/u;
const narrow = /^[\u0000-\u02ff\u2010-\u2027]*$/;

/** How many columns of a terminal a text takes; it is without colours. */
export function columnsOf(text: string): number {
  if (narrow.test(text)) return text.length;
  return Array.from(text).reduce((sum, character) => sum + widthOf(character), 0);
}

const widthOf = (character: string): number => (wide.test(character) ? 2 : without.test(character) ? 0 : 1);

/** As `padEnd`, by columns of a terminal. */
export function pad(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - columnsOf(text)));
}

/** At most `columns` of a terminal, the last one `…` when something is left out. */
export function shorten(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let shown = "";
  let room = Math.max(0, columns - 1);
  for (const character of text) {
    room -= widthOf(character);
    if (room < 0) break;
    shown += character;
  }
  return `${shown}…`;
}

/** A value as people write it: texts without quotes, everything else as JSON. */
export function showValue(value: Json | undefined): string {
  if (value === undefined) return "";
  return clean(typeof value === "string" ? value : JSON.stringify(value));
}

/** As {@link showValue}, long fractions rounded. */
export function showRounded(value: Json | undefined): string {
  return typeof value === "number" && !Number.isInteger(value) ? String(Number(value.toPrecision(6))) : showValue(value);
}

/** A time of the log, in the local zone: `2026-11-21 23:04:05`. */
export function localTime(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return clean(iso);
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join("-");
  return `${day} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":")}`;
}

/** A span of time: `0.25 s`, `12.3 s`, `4m 05s`, `1h 02m`, `3d 04h`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  const two = (value: number): string => String(value).padStart(2, "0");
  if (days > 0) return `${days}d ${two(hours)}h`;
  return hours > 0 ? `${hours}h ${two(minutes)}m` : `${minutes}m ${two(Math.floor(seconds) % 60)}s`;
}

/** A size: `512 B`, `1.5 MiB`. */
export function bytes(count: number): string {
  let size = count;
  for (const unit of ["B", "KiB", "MiB", "GiB"]) {
    if (size < 1024) return unit === "B" ? `${size} B` : `${size.toFixed(1)} ${unit}`;
    size /= 1024;
  }
  return `${size.toFixed(1)} TiB`;
}

/** `1 event`, `12,345 events`. */
export function counted(count: number, noun: string, nouns = `${noun}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? noun : nouns}`;
}

/** How a run is called: `train/mnist/0001`. */
export function addressOf({ identifier, relpath, uid }: Pick<RunRecord, "identifier" | "relpath" | "uid">): string {
  return relpath === "" ? `${identifier}/${uid}` : `${identifier}/${relpath}/${uid}`;
}
