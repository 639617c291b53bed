/** Reads what others append until it has seen so many events, and checks that each comes once and in order. Arguments: root, how many. */
import { openDaybook } from "../../src/index.js";

const [root = "", count = "0"] = process.argv.slice(2);
const book = await openDaybook(root, { readOnly: true });
console.log("reading");
let seen = 0;
while (seen < Number(count)) {
  for await (const event of book.log.read({ from: seen + 1 })) {
    seen += 1;
    if (event.seq !== seen) throw new Error(`seq ${event.seq} came where ${seen} should`);
  }
  const { length } = await book.runs.list();
  if (length < seen) throw new Error(`${length} runs after ${seen} events`);
}
console.log(`${seen} in order`);
await book.close();
