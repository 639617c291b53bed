/**
 * Appends events with marks from 200,000 on until its standard input ends. Prints `open`, and at the end what became of each mark as one line of JSON.
 * Argument: root.
 */
import { openDaybook } from "../../../src/index.js";
import { Session } from "./session.js";

const [root = ""] = process.argv.slice(2);
const session = new Session(200_000);
let asked = true;
process.stdin.on("end", () => (asked = false)).resume();
const book = await openDaybook(root, { participantId: "appender", segmentBytes: 4096 });
console.log("open");
// Once a sync has failed anywhere, nobody writes before the log was opened anew.
while (asked && !session.syncFailed) await session.append("append", 1, (mark) => book.log.append({ stream: `note/${mark}`, type: "note.taken", data: { mark, text: "x".repeat(300) } }));
await book.close();
console.log(JSON.stringify({ outcomes: session.outcomes, problems: session.problems }));
