import type { KeyObject } from "node:crypto";
import { KeyUnreadableError } from "../../base/errors.js";
import type { LogFileSystem } from "../file-system.js";
import { nodeFileSystem, readSmallFile } from "../file-system.js";
import { nodeCrypto } from "../node-crypto.js";

/** An Ed25519 key: the path of a PEM file, PEM text, or a key object of Node (which may come from a file with a passphrase). */
export type KeyInput = string | KeyObject;

/** Signs, with one key. */
export interface Signer {
  /** `ed25519:` and the first 16 hex digits of the SHA-256 of the public key's SPKI form. */
  readonly id: string;
  /** The signature of a text, as UTF-8: the id, a colon and 64 bytes in base64. */
  sign(text: string): string;
}

/** Judges signatures by one key. */
export interface SignatureJudge {
  readonly id: string;
  /** `other`: made by another key, or no signature of this form. */
  judge(text: string, signature: string): "good" | "bad" | "other";
}

/** A new pair of keys, as text. */
export interface KeyPair {
  readonly id: string;
  /** PKCS #8, PEM, without a passphrase. */
  readonly privateKey: string;
  /** SPKI, PEM. */
  readonly publicKey: string;
}

/** What can be told of a key. */
export interface KeyDescription {
  readonly id: string;
  readonly kind: "private" | "public";
  /** The public half: SPKI, PEM. */
  readonly publicKey: string;
}

const maxKeyBytes = 64 * 1024;
const signatureShape = /^(ed25519:[0-9a-f]{16}):([A-Za-z0-9+/]{86}==)$/;

/** @throws KeyUnreadableError for anything but the private half of an Ed25519 key */
export function signerOf(key: KeyInput, files: LogFileSystem = nodeFileSystem): Signer {
  const known = keyObject(key, files);
  if (known.type !== "private") throw new KeyUnreadableError(pathOf(key), "this is the public half of a key; signing takes the private one");
  const id = idOf(known);
  return { id, sign: (text) => `${id}:${nodeCrypto().sign(null, Buffer.from(text, "utf8"), known).toString("base64")}` };
}

/** @param key a private key stands for its public half @throws KeyUnreadableError */
export function judgeOf(key: KeyInput, files: LogFileSystem = nodeFileSystem): SignatureJudge {
  const publicKey = publicHalf(keyObject(key, files));
  const id = idOf(publicKey);
  return {
    id,
    judge: (text, signature) => {
      const [, by, base64] = signatureShape.exec(signature) ?? [];
      if (by !== id || base64 === undefined) return "other";
      const bytes = Buffer.from(base64, "base64");
      // One text for one signature: the last digit has bits to spare.
      if (bytes.toString("base64") !== base64) return "bad";
      return nodeCrypto().verify(null, Buffer.from(text, "utf8"), publicKey, bytes) ? "good" : "bad";
    },
  };
}

/** @throws KeyUnreadableError */
export function describeKey(key: KeyInput, files: LogFileSystem = nodeFileSystem): KeyDescription {
  const known = keyObject(key, files);
  return { id: idOf(known), kind: known.type === "private" ? "private" : "public", publicKey: pem(publicHalf(known), "spki") };
}

/** Draws a new Ed25519 key. */
export function generateKeyPair(): KeyPair {
  const { privateKey, publicKey } = nodeCrypto().generateKeyPairSync("ed25519");
  return { id: idOf(publicKey), privateKey: pem(privateKey, "pkcs8"), publicKey: pem(publicKey, "spki") };
}

/** Who made a signature, `ed25519:` and 16 hex digits; undefined for a text of another form. */
export const signerIdOf = (signature: string): string | undefined => signatureShape.exec(signature)?.[1];

function keyObject(key: KeyInput, files: LogFileSystem): KeyObject {
  if (typeof key !== "string") return ofEd25519(key, undefined);
  const path = pathOf(key);
  const text = path === undefined ? key : readKeyFile(path, files);
  const half = /-----BEGIN (?:[A-Z]+ )?(PRIVATE|PUBLIC) KEY-----/.exec(text)?.[1];
  if (/^-----BEGIN ENCRYPTED|^Proc-Type: .*ENCRYPTED/m.test(text)) throw new KeyUnreadableError(path, protectedKey);
  if (half === undefined) throw new KeyUnreadableError(path, "this is no key in PEM form; `daybook keys new FILE` makes one");
  const { createPrivateKey, createPublicKey } = nodeCrypto();
  let known: KeyObject;
  try {
    known = half === "PRIVATE" ? createPrivateKey(text) : createPublicKey(text);
  } catch (error) {
    throw new KeyUnreadableError(path, `the key cannot be read (${error instanceof Error ? error.message : String(error)})`, error);
  }
  return ofEd25519(known, path);
}

const protectedKey = "the key is protected by a passphrase; read it with crypto.createPrivateKey and give the key object, or store it without one";

function readKeyFile(path: string, files: LogFileSystem): string {
  try {
    const bytes = readSmallFile(files, path, maxKeyBytes);
    if (bytes !== undefined) return bytes.toString("utf8");
  } catch (error) {
    throw new KeyUnreadableError(path, `the key cannot be read (${error instanceof Error ? error.message : String(error)})`, error);
  }
  throw new KeyUnreadableError(path, "there is no such key");
}

function ofEd25519(key: KeyObject, path: string | undefined): KeyObject {
  if (key.asymmetricKeyType === "ed25519") return key;
  throw new KeyUnreadableError(path, `this is a key of ${key.asymmetricKeyType ?? key.type}, not of Ed25519`);
}

/** PEM text is told from a path by its first line. */
const pathOf = (key: KeyInput): string | undefined => (typeof key !== "string" || key.includes("-----BEGIN ") ? undefined : key);

const publicHalf = (key: KeyObject): KeyObject => (key.type === "private" ? nodeCrypto().createPublicKey(key) : key);

const pem = (key: KeyObject, type: "spki" | "pkcs8"): string => key.export({ format: "pem", type }).toString();

function idOf(key: KeyObject): string {
  const spki = publicHalf(key).export({ format: "der", type: "spki" });
  return `ed25519:${nodeCrypto().createHash("sha256").update(spki).digest("hex").slice(0, 16)}`;
}
