import type { HistoryChange } from "../../../src/index.js";
import type { LogLevel } from "../../../src/operations.js";

/** Levels, the least one first. */
export const levels: readonly LogLevel[] = ["debug", "info", "warning", "error"];

/** How much an event of an operation matters to who reads its log: a line that was logged says so itself. */
export function levelOf({ type, data }: HistoryChange["event"]): LogLevel {
  switch (type) {
    case "operation.logged":
      return data["level"] as LogLevel;
    case "heartbeat.recorded":
      return "debug";
    case "call.failed":
    case "call.crashed":
    case "operation.crash-detected":
    case "operation.cleanup-started":
    case "operation.failed":
      return "error";
    case "call.cancelled":
    case "operation.abort-requested":
    case "operation.coordinator-replaced":
      return "warning";
    default:
      return "info";
  }
}

/** What an event says: of a line that was logged only its text. */
export function textOf({ event, text }: HistoryChange): string {
  const { type, data } = event;
  return type === "operation.logged" && typeof data["message"] === "string" ? data["message"] : text;
}
