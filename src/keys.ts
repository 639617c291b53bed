import { checkedKey } from "./base/checks.js";
import type { KeyDescription, KeyInput, KeyPair } from "./log/proof/keys.js";

/** Draws a new Ed25519 key for `signingKey` and `verify({ key })`, as PEM text. Where it is kept is the caller's affair: outside the root. */
export async function generateKeyPair(): Promise<KeyPair> {
  const keys = await import("./log/proof/keys.js");
  return keys.generateKeyPair();
}

/** The id, the half and the public part of an Ed25519 key. @throws KeyUnreadableError @throws InvalidOptionError */
export async function describeKey(key: KeyInput): Promise<KeyDescription> {
  checkedKey("key", key);
  const keys = await import("./log/proof/keys.js");
  return keys.describeKey(key);
}
