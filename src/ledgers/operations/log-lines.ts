/** Lines of an operation's log, as text. */
import type { LogLevel } from "../../events/operation-events.js";

/** `2026-11-28T09:30:00.123Z [INFO] text` */
export const logLine = (time: string, level: LogLevel, message: string): string => `${time} [${level.toUpperCase()}] ${message}`;

/** Milliseconds as seconds with three places: `012.345`; more digits after 999 s. */
export function formatElapsed(ms: number): string {
  const whole = Math.max(0, Math.floor(ms));
  return `${String(Math.floor(whole / 1000)).padStart(3, "0")}.${String(whole % 1000).padStart(3, "0")}`;
}

/** `012.345 |     [build] text`, each level of depth indented by four spaces. */
export const depthLine = (elapsedMs: number, depth: number, participant: string, message: string): string =>
  `${formatElapsed(elapsedMs)} | ${" ".repeat(4 * depth)}[${participant}] ${message}`;
