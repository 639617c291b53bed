/** A worker of a pool: trains so many runs, one after another, and prints their uids. Arguments: root, how many. */
import { openDaybook, Status } from "../../src/index.js";

const [root = "", count = "1"] = process.argv.slice(2);
const book = await openDaybook(root);
for (let index = 0; index < Number(count); index += 1) {
  const uid = await book.runs.allocate("train");
  await book.runs.log("train", uid, { status: Status.RUNNING });
  await book.runs.log("train", uid, { status: Status.DONE });
  console.log(uid);
}
await book.close();
