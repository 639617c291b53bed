import { onTestFinished } from "vitest";
import { openDaybook } from "../../src/index.js";
import type { Daybook, RecordedEvent } from "../../src/index.js";
import type { Part } from "../programs/take-part.js";
import { startProgram } from "./programs.js";
import type { Program } from "./programs.js";

/** A process that takes part in an operation. */
export interface Participant {
  readonly program: Program;
  readonly name: string;
  readonly operation: string;
  readonly session: string;
  /** Tells it to do something; gives its answer: `done`, or a code. */
  say(word: string): Promise<string>;
  /** The same, whatever comes of it. */
  tell(word: string): void;
  /** Resolves with the first line that begins so. */
  sees(beginning: string): Promise<string>;
  /** What it has printed with that first word. */
  said(word: string): string[];
  kill(): Promise<void>;
}

/** Starts a process that takes part, and waits until it is ready. It is gone when the test has ended. */
export async function takePart(root: string, name: string, part: Part = {}): Promise<Participant> {
  const program = startProgram("take-part", [root, name, JSON.stringify(part)]);
  onTestFinished(() => void program.child.kill("SIGKILL"));
  const [, operation = "", session = ""] = (await program.line((line) => line.startsWith("in "))).split(" ");
  await program.line((line) => line === "ready");
  const asked = new Map<string, number>();
  const said = (word: string): string[] => program.lines.filter((line) => line === word || line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  return {
    program,
    name,
    operation,
    session,
    said,
    sees: (beginning) => program.line((line) => line.startsWith(beginning)),
    tell: (word) => void program.child.stdin?.write(`${word}\n`),
    say: async (word) => {
      // Its own report of a call has the same first word.
      const answers = (): string[] => said(word).filter((answer) => answer === "done" || /^[A-Z_]+$/.test(answer));
      const number = (asked.get(word) ?? 0) + 1;
      asked.set(word, number);
      program.child.stdin?.write(`${word}\n`);
      await program.line(() => answers().length >= number);
      return answers()[number - 1] ?? "";
    },
    kill: async () => {
      program.child.kill("SIGKILL");
      await program.ended;
    },
  };
}

/** The events of an operation so far, in order. Looks without opening for writing, and so without rescuing anything. */
export async function eventsOf(root: string, operation: string): Promise<RecordedEvent[]> {
  const book = await openDaybook(root, { readOnly: true });
  try {
    return await streamOf(book, operation);
  } finally {
    await book.close();
  }
}

/** Waits until the log has an event of that type in the operation, or so many, and gives the operation's events up to then. */
export async function untilLogged(root: string, operation: string, type: string, count = 1): Promise<RecordedEvent[]> {
  const book = await openDaybook(root, { readOnly: true });
  let unwatch = (): void => undefined;
  try {
    return await new Promise((resolve, reject) => {
      const look = async (): Promise<void> => {
        const events = await streamOf(book, operation);
        if (countOf(events, type) >= count) resolve(events);
      };
      let looking = look().catch(reject);
      unwatch = book.core.backend.watch(() => void (looking = looking.then(look).catch(reject)));
    });
  } finally {
    unwatch();
    await book.close();
  }
}

/** How often there is an event of that type. */
export const countOf = (events: readonly RecordedEvent[], type: string): number => events.filter((event) => event.type === type).length;

/** The data of the only event of that type. */
export function dataOf(events: readonly RecordedEvent[], type: string): Readonly<Record<string, unknown>> {
  const [event, ...more] = events.filter((one) => one.type === type);
  if (event === undefined || more.length > 0) throw new Error(`${more.length + (event === undefined ? 0 : 1)} events of type ${type}`);
  return event.data;
}

async function streamOf(book: Daybook, operation: string): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of book.log.read()) if (event.stream === `operation/${operation}`) events.push(event);
  return events;
}
