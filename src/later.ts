/** An iteration over what is still being made ready; what goes wrong on the way is thrown at its first step. */
export function later<T>(events: Promise<AsyncIterable<T>>): AsyncIterable<T> {
  events.catch(() => undefined);
  return (async function* () {
    yield* await events;
  })();
}
