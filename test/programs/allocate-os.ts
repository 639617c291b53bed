/** As allocate, but acknowledged after the write. Arguments: root, identifier, how many, segmentBytes. */
import { openDaybook } from "../../src/index.js";

const [root = "", identifier = "train", count = "1", segmentBytes = "65536"] = process.argv.slice(2);
const book = await openDaybook(root, { segmentBytes: Number(segmentBytes), durability: "os", lockTimeoutMs: 60_000 });
for (let index = 0; index < Number(count); index += 1) console.log(await book.runs.allocate(identifier));
await book.close();
