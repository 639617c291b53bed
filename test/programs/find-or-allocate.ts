/** Asks for the run of each of so many parameter sets, and prints `UID created` or `UID found`. Arguments: root, identifier, how many. */
import { openDaybook } from "../../src/index.js";

const [root = "", identifier = "train", count = "1"] = process.argv.slice(2);
const book = await openDaybook(root);
for (let seed = 0; seed < Number(count); seed += 1) {
  const { uid, created } = await book.runs.findOrAllocate(identifier, { params: { seed } });
  console.log(`${uid} ${created ? "created" : "found"}`);
}
await book.close();
