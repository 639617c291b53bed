/** Opening damaged logs warns, and suites open thousands: their report says what was found. */
export async function withoutWarnings<T>(work: () => Promise<T>): Promise<T> {
  const emit = Object.getOwnPropertyDescriptor(process, "emitWarning");
  Object.defineProperty(process, "emitWarning", { configurable: true, writable: true, value: () => undefined });
  try {
    return await work();
  } finally {
    if (emit === undefined) Reflect.deleteProperty(process, "emitWarning");
    else Object.defineProperty(process, "emitWarning", emit);
  }
}
