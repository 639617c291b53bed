/** A step into a JSON value: a property name, or an index of an array. */
export type JsonKey = string | number;

const maxKey = 64;
const maxPath = 400;

const plainKey = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

/**
 * Where a value stands, as messages name it: `$.layers[2].width`, `$["odd key"]`. Long keys are shortened, and of long paths the
 * middle is left out: the input is hostile sometimes, and the path is there to be read.
 */
export function jsonPath(base: string, keys: readonly JsonKey[]): string {
  const path = base + keys.map(step).join("");
  return path.length <= maxPath ? path : `${path.slice(0, maxPath / 2)}…${path.slice(-maxPath / 2)}`;
}

function step(key: JsonKey): string {
  if (typeof key === "number") return `[${key}]`;
  const short = key.length <= maxKey ? key : `${key.slice(0, maxKey)}…`;
  return plainKey.test(short) ? `.${short}` : `[${JSON.stringify(short)}]`;
}
