import { WorkerFailedError } from "../../../base/errors.js";

/** A text as a value: by the caller's function, else as JSON. @throws WorkerFailedError with the cause */
export async function deserialized<T>(what: string, text: string, deserializer: ((text: string) => T | Promise<T>) | undefined): Promise<T> {
  try {
    return deserializer === undefined ? (JSON.parse(text) as T) : await deserializer(text);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    const advice = deserializer === undefined ? "; a deserializer such as (text) => text takes what is no JSON" : "";
    throw new WorkerFailedError(`${what} cannot be read: ${problem}${advice}`, undefined, undefined, undefined, error);
  }
}
