import type { JsonSchema } from "../src/index.js";

const closed = (properties: Record<string, object>): JsonSchema => ({
  type: "object",
  additionalProperties: false,
  required: Object.keys(properties),
  properties,
});

const number = { type: "number" };
const whole = { type: "integer", minimum: 0 };
const text = { type: "string", minLength: 1, maxLength: 256 };

/** Schemas for the application's types of the workload, as an application would register them. */
export const schemas: Readonly<Record<string, JsonSchema>> = {
  "trial.allocated": closed({
    uid: { type: "string", pattern: "^[0-9]{4,16}$" },
    paramHash: { type: "string", pattern: "^[0-9a-f]{64}$" },
    params: closed({ lr: number, layers: { type: "array", items: whole } }),
  }),
  "trial.status-changed": closed({ status: { type: "string", enum: ["PENDING", "RUNNING", "DONE", "ERROR"] } }),
  "trial.metrics-recorded": closed({ metrics: { type: "object", minProperties: 1, additionalProperties: number }, step: whole }),
  "sample.measured": closed({ sensor: text, celsius: number, humidity: { type: "number", minimum: 0, maximum: 1 }, ok: { type: "boolean" }, place: text, remark: text }),
  "epoch.ended": closed({ epoch: whole, batches: whole, seconds: number, gradient: number, host: text, device: text }),
};
