/** Appends large events until the system refuses, then a small one. Argument: root. */
import { isDaybookError, openDaybook } from "../../src/index.js";

const book = await openDaybook(process.argv[2] ?? "");
let acknowledged = 0;
for (;;) {
  try {
    await book.log.append({ stream: "big/1", type: "big.written", data: { text: "x".repeat(30_000) } });
    acknowledged += 1;
  } catch (error) {
    if (!isDaybookError(error)) throw error;
    console.log(`refused ${error.code} ${(error.cause as NodeJS.ErrnoException).code}`);
    break;
  }
}
console.log(`acknowledged ${acknowledged}`);
await book.log.append({ stream: "small/1", type: "small.written", data: {} });
console.log("small ok");
await book.close();
