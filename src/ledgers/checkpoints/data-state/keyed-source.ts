import { UnhashablePartError, preview } from "../../../base/errors.js";
import { isEncodable } from "./line-sum.js";

/** What a data state says of samples, by uid. */
export interface Keyed {
  readonly size: number;
  get(uid: string): unknown;
  keys(): Iterable<string>;
}

/** A place in a data state, as errors name it. */
export const placeOf = (field: string, key: string): string => `${field}[${JSON.stringify(key)}]`;

/** A uid as a text: an integer is its decimal digits, since a key of an object could not tell it from those. @throws UnhashablePartError */
export function uidText(uid: unknown, place: () => string): string {
  if (typeof uid === "string") {
    if (isEncodable(uid)) return uid;
    throw new UnhashablePartError("data", place(), "holds half of a surrogate pair");
  }
  if (Number.isSafeInteger(uid) || typeof uid === "bigint") return String(uid);
  throw new UnhashablePartError("data", place(), `must be a text or a whole number, not ${preview(uid)}`);
}

/** True for what is gone through item by item; a text is none. */
export const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === "object" && value !== null && typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === "function";

/** True for a Map, of whichever realm. */
export const isMap = (value: unknown): value is ReadonlyMap<unknown, unknown> => Object.prototype.toString.call(value) === "[object Map]";

const isSet = (value: unknown): value is ReadonlySet<unknown> => Object.prototype.toString.call(value) === "[object Set]";

/** A map, or an object by its own keys. Taken as it is where its keys are texts. @throws UnhashablePartError for keys that are no uids */
export function keyedByMap(value: object, field: string): Keyed {
  if (isMap(value)) return allTexts(value.keys()) ? (value as Keyed) : keyedByTexts(value, field);
  const record = value as Readonly<Record<string, unknown>>;
  const keys = Object.keys(record);
  for (const key of keys) if (!isEncodable(key)) throw new UnhashablePartError("data", placeOf(field, key), "holds half of a surrogate pair");
  return { size: keys.length, get: (uid) => (Object.hasOwn(record, uid) ? record[uid] : undefined), keys: () => keys };
}

/** A map of which not all keys are texts: `7` and `"7"` are one uid, of which it would say two things. */
function keyedByTexts(value: ReadonlyMap<unknown, unknown>, field: string): Keyed {
  const texts = new Map<string, unknown>();
  for (const [key, entry] of value) {
    const place = `${field}[${preview(key)}]`;
    const uid = uidText(key, () => place);
    if (texts.has(uid)) throw new UnhashablePartError("data", place, `is ${preview(uid)} a second time`);
    texts.set(uid, entry);
  }
  return texts;
}

/** A set or a list of uids: each of them is true. @throws UnhashablePartError for an item that is no uid */
export function keyedByItems(items: Iterable<unknown>, field: string): Keyed {
  if (isSet(items) && allTexts(items)) {
    const uids = items as ReadonlySet<string>;
    return { size: uids.size, get: (uid) => uids.has(uid) || undefined, keys: () => uids };
  }
  const texts = new Map<string, true>();
  let index = 0;
  for (const item of items) {
    texts.set(
      uidText(item, () => `${field}[${index}]`),
      true,
    );
    index += 1;
  }
  return texts;
}

function allTexts(keys: Iterable<unknown>): boolean {
  for (const key of keys) if (typeof key !== "string" || !isEncodable(key)) return false;
  return true;
}
