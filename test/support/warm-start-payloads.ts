import { createHash } from "node:crypto";

/** The key that programs save under which are killed. */
export const dyingKey = "d1e5".repeat(16);

/** Two of their payloads have room in it, and three have not. */
export const dyingBudget = 100_000;

/** One of them has room in it. */
export const dyingLastBudget = 50_000;

/** What they save with an objective. */
export const dyingPayload = (objective: number): Uint8Array => new Uint8Array(40_000).fill(objective);

/** The keys that many processes share. */
export const sharedKeys = Array.from({ length: 20 }, (_, index) => createHash("sha256").update(`shared ${index}`).digest("hex"));

/** Some of their payloads have room in it. */
export const sharedBudget = 20_000;

/** A payload that says itself what it is. */
export function tellingPayload(key: string, objective: number, length: number): Uint8Array {
  const head = `${key} ${objective}\n`;
  return Buffer.concat([Buffer.from(head), Buffer.alloc(length, createHash("sha256").update(head).digest())]);
}

/** True for one that {@link tellingPayload} has made of these, whatever its length. */
export function tells(payload: Uint8Array, key: string, objective: number | undefined): boolean {
  if (objective === undefined) return false;
  const { length } = Buffer.from(`${key} ${objective}\n`);
  return payload.length >= length && Buffer.from(payload).equals(Buffer.from(tellingPayload(key, objective, payload.length - length)));
}
