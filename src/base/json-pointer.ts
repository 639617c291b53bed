/** A JSON Pointer (RFC 6901) one step further. */
export const pointerTo = (pointer: string, key: string): string => `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;

/** The keys of a JSON Pointer, from the outside in. */
export const keysOfPointer = (pointer: string): string[] => pointer.split("/").slice(1).map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));

/** A path as expressions and tables write it: `params["odd key"].x`. */
export const fieldPathOf = (keys: readonly string[]): string =>
  keys.map((key, index) => (index === 0 ? key : /^[^.[\]"\s]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`)).join("");
