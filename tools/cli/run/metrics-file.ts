import * as fs from "node:fs";
import * as path from "node:path";
import type { JsonObject, MetricValue } from "../../../src/index.js";
import { messageOf } from "../errors.js";
import { flatten } from "../record-fields.js";

/** A metrics.json in a run's folder (behind the run's prefix, where it shares the folder), as far as it was written during this attempt. */
export class MetricsFile {
  readonly #path: string;
  readonly #before: string;

  constructor(folder: string, prefix: string) {
    this.#path = path.join(folder, `${prefix}metrics.json`);
    this.#before = this.#state();
  }

  /** Its metrics, nested keys joined with dots; none when there is no such file, or only an earlier attempt's. What is wrong with it goes to `warn`. */
  read(warn: (problem: string) => void): Record<string, MetricValue> {
    const state = this.#state();
    if (state === "" || state === this.#before) return {};
    try {
      const value: unknown = JSON.parse(fs.readFileSync(this.#path, "utf8").replace(/^\uFEFF/, ""));
      if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("it holds no JSON object");
      const metrics: [string, MetricValue][] = [];
      for (const [key, one] of flatten(value as JsonObject)) {
        if (key === "" || (typeof one === "object" && one !== null)) warn(`metrics.json: ${JSON.stringify(key)} is left out: a metric has a name, and is a number, a text, true, false or null`);
        else metrics.push([key, one]);
      }
      return Object.fromEntries(metrics);
    } catch (error) {
      warn(`metrics.json is not taken up: ${messageOf(error)}${error instanceof SyntaxError ? " (NaN and Infinity are not JSON: write null)" : ""}`);
      return {};
    }
  }

  #state(): string {
    const stat = fs.statSync(this.#path, { throwIfNoEntry: false, bigint: true });
    return stat === undefined ? "" : [stat.ino, stat.size, stat.mtimeNs].join(" ");
  }
}
