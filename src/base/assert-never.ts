/** Ends a switch over a closed set: the compiler refuses a missing case, and a value that got past the compiler throws. */
export function assertNever(value: never): never {
  throw new TypeError(`Unexpected value: ${String(value)}`);
}
