/** Allocates uids, one after another, and prints each once it is acknowledged. Arguments: root, identifier, how many, [segmentBytes]. */
import { openDaybook } from "../../src/index.js";

const [root = "", identifier = "train", count = "1", segmentBytes] = process.argv.slice(2);
const book = await openDaybook(root, segmentBytes === undefined ? {} : { segmentBytes: Number(segmentBytes) });
for (let index = 0; index < Number(count); index += 1) console.log(await book.runs.allocate(identifier));
await book.close();
