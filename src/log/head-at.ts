import { LogForkedError } from "../base/errors.js";
import type { Head, LogBackend } from "./port.js";

/** The end of a log as it was when its last event was the one of that seq, which the log has, or 0. @throws LogCorruptError */
export function headAt(backend: LogBackend, seq: number): Promise<Head> {
  return backend.headAt === undefined ? readTo(backend, seq) : backend.headAt(seq);
}

/** What every backend can tell: where several commits are read at once, no token is known between them. */
async function readTo(backend: LogBackend, seq: number): Promise<Head> {
  const reader = await backend.reader(Math.max(0, seq - 1));
  try {
    if (seq === 0) return { seq, time: undefined, token: reader.position.token };
    for (let time: string | undefined; ; ) {
      const batch = reader.pull(1);
      if (batch === undefined) break;
      for (const event of batch.events) if (event.seq <= seq) ({ time } = event);
      const { end } = batch;
      if (end.seq >= seq) return { seq, time: time ?? batch.events[0]?.time, token: end.seq === seq ? end.token : `${end.token}-${end.seq - seq}` };
    }
    if (reader.suspect) await backend.confirm(reader);
    throw new LogForkedError(seq, "");
  } finally {
    reader.close();
  }
}
