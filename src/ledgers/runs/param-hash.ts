import { paramHash as hashWith } from "../../events/param-hash.js";
import { nodeCrypto } from "../../log/node-crypto.js";

/** SHA-256 of a text's UTF-8 bytes, 64 hex digits. */
export const sha256Hex = (text: string): string => nodeCrypto().createHash("sha256").update(text, "utf8").digest("hex");

/**
 * SHA-256 (64 hex digits) of the parameters' canonical JSON: key order does not matter, everything else does.
 * @throws InvalidValueError naming the path of a value that JSON would change (NaN, a Map, a cycle)
 */
export const paramHash = (params: object): string => hashWith(params, sha256Hex);
