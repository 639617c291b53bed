/** Allocates and finishes so many runs, one after another, with metadata.json kept, and prints "open", then "done". Waits for a line in between. Arguments: root, identifier, how many. */
import { once } from "node:events";
import { openDaybook, Status } from "../../src/index.js";

const [root = "", identifier = "train", count = "1"] = process.argv.slice(2);
const book = await openDaybook(root, { durability: "os", materialize: true });
console.log("open");
await once(process.stdin, "data");
for (let index = 0; index < Number(count); index += 1) {
  const uid = await book.runs.allocate(identifier);
  await book.runs.log(identifier, uid, { status: Status.RUNNING });
  await book.runs.log(identifier, uid, { status: Status.DONE, files: { model: `${index}.pt` } });
}
process.stdin.destroy();
await book.close();
console.log("done");
