import { HeadUnreadableError } from "../../base/errors.js";
import type { LogFileSystem } from "../file-system.js";
import { nodeFileSystem, readSmallFile } from "../file-system.js";
import { formatVersion, parseSegmentFileName } from "../format.js";
import { signedLine, withSignature } from "./signed-line.js";
import type { SignedLine } from "./signed-line.js";
import type { Signer } from "./keys.js";

/** The first bytes of a segment. */
export interface SegmentPart {
  /** File name. */
  readonly segment: string;
  readonly bytes: number;
  /** SHA-256 of so many first bytes, 64 hex digits. */
  readonly sha256: string;
}

/**
 * The end of a log, to be kept elsewhere: it proves later that everything before it is unchanged, and that nothing was cut off. Plain
 * data; its JSON text is the content of a head file.
 */
export interface SavedHead extends SegmentPart {
  readonly daybook: 1;
  /** Root id. */
  readonly root: string;
  /** The last event's seq; 0 for an empty log. */
  readonly seq: number;
  /** The last event's time (ISO 8601); null where there is none. */
  readonly time: string | null;
  /** Hash of the last commit. */
  readonly token: string;
  /** Last seq of the manifest's last line before `segment`; 0 for none. */
  readonly sealed: number;
  /** SHA-256 of that line without its LF; of daybook.json where there is none. */
  readonly chain: string;
  /** Whole closed segments between that line and `segment`, which had no line yet. Usually there are none. */
  readonly unsealed?: readonly SegmentPart[];
  /** Signature over all other keys, where a key was there. */
  readonly sig?: string;
}

const maxHeadBytes = 1024 * 1024;

/** Keys in their order, white space left out: what is signed. */
function headText(head: SavedHead): string {
  const { daybook, root, seq, time, token, segment, bytes, sha256, sealed, chain, unsealed } = head;
  const parts = unsealed?.map((part) => ({ segment: part.segment, bytes: part.bytes, sha256: part.sha256 }));
  return JSON.stringify({ daybook, root, seq, time, token, segment, bytes, sha256, sealed, chain, ...(parts === undefined ? {} : { unsealed: parts }) });
}

/** Signs a head. */
export const signHead = (head: SavedHead, signer: Signer): SavedHead => JSON.parse(withSignature(headText(head), signer.sign(headText(head)))) as SavedHead;

/** What of a head is signed, and by what; undefined without a signature. However the file was laid out since. */
export const signedHead = (head: SavedHead): SignedLine | undefined => (head.sig === undefined ? undefined : signedLine(withSignature(headText(head), head.sig)));

/**
 * Reads a saved head: an object, its JSON text, or the path of its file.
 * @throws HeadUnreadableError
 */
export function readSavedHead(input: SavedHead | string, files: LogFileSystem = nodeFileSystem): SavedHead {
  if (typeof input !== "string") return checkedHead(input, undefined);
  const path = input.trimStart().startsWith("{") ? undefined : input;
  const text = path === undefined ? input : readHeadFile(path, files);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new HeadUnreadableError(path, "this is no saved head: it is not one JSON object", error);
  }
  return checkedHead(value, path);
}

function readHeadFile(path: string, files: LogFileSystem): string {
  try {
    const bytes = readSmallFile(files, path, maxHeadBytes);
    if (bytes !== undefined) return bytes.toString("utf8");
  } catch (error) {
    throw new HeadUnreadableError(path, `the head cannot be read (${error instanceof Error ? error.message : String(error)})`, error);
  }
  throw new HeadUnreadableError(path, "there is no such file");
}

function checkedHead(value: unknown, path: string | undefined): SavedHead {
  if (typeof value !== "object" || value === null) throw new HeadUnreadableError(path, "this is no saved head: it is not one JSON object");
  const { daybook, root, seq, time, token, segment, bytes, sha256, sealed, chain, unsealed, sig } = value as Readonly<Record<string, unknown>>;
  if (typeof daybook === "number" && daybook > formatVersion) throw new HeadUnreadableError(path, `this head is of format ${daybook}; a later release wrote it`);
  const fields: readonly (readonly [string, boolean])[] = [
    ["daybook", daybook === formatVersion],
    ["root", typeof root === "string" && root !== ""],
    ["seq", isCount(seq)],
    ["time", time === null || (typeof time === "string" && time.length === 24)],
    ["token", isHex(token, 16)],
    ...partFields({ segment, bytes, sha256 }, ""),
    ["sealed", isCount(sealed)],
    ["chain", isHex(chain, 64)],
    ["unsealed", unsealed === undefined || Array.isArray(unsealed)],
    ...(Array.isArray(unsealed) ? unsealed : []).flatMap((part: unknown, index) => partFields((part ?? {}) as Partial<SegmentPart>, `unsealed[${index}].`)),
    ["sig", sig === undefined || (typeof sig === "string" && sig.length < 1024 && !/["\\]/.test(sig))],
  ];
  const wrong = fields.find(([, sound]) => !sound);
  if (wrong !== undefined) throw new HeadUnreadableError(path, `this is no saved head: "${wrong[0]}" is missing or is not what it should be`);
  return value as SavedHead;
}

const partFields = ({ segment, bytes, sha256 }: { readonly segment?: unknown; readonly bytes?: unknown; readonly sha256?: unknown }, where: string): (readonly [string, boolean])[] => [
  [`${where}segment`, typeof segment === "string" && parseSegmentFileName(segment) !== undefined],
  [`${where}bytes`, isCount(bytes)],
  [`${where}sha256`, isHex(sha256, 64)],
];

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

const isHex = (value: unknown, digits: number): boolean => typeof value === "string" && value.length === digits && /^[0-9a-f]*$/.test(value);
