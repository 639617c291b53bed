import type { RunRecord } from "../../src/index.js";
import type { Colours } from "./colours.js";

/** The status with what liveness adds to it, coloured: `RUNNING (lost)` is one that nobody is at work on any more. */
export function showStatus({ status, liveness }: Pick<RunRecord, "status" | "liveness">, colours: Colours): string {
  switch (status) {
    case "DONE":
      return colours.green(status);
    case "ERROR":
      return colours.red(status);
    case "PENDING":
      return liveness === "lost" ? colours.red(`${status} (lost)`) : colours.dim(status);
    case "RUNNING":
      if (liveness === "lost") return colours.red(`${status} (lost)`);
      return liveness === "ended" ? colours.yellow(`${status} (ended)`) : colours.cyan(status);
  }
}
