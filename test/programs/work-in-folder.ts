/** Has a worker that writes to a temporary folder all the time, and makes it anew when it is gone; waits for it, and prints when it writes. Arguments: root, folder. */
import { mkdirSync } from "node:fs";
import { Ledger } from "../../src/operations.js";

const [root = "", folder = ""] = process.argv.slice(2);
const ledger = await Ledger.connect({ basePath: root, participantId: "owner" });
const operation = await ledger.createOperation();
mkdirSync(folder);
await operation.registerTempResource({ path: folder });
const script = `const fs = require("node:fs"); process.on("SIGTERM", () => undefined);
setInterval(() => { fs.mkdirSync(${JSON.stringify(folder)}, { recursive: true }); fs.writeFileSync(${JSON.stringify(`${folder}/part`)}, String(Math.random())); }, 1);
console.log("writing");`;
const call = operation.execStdioWorker({ executable: process.execPath, args: ["-e", script], onStdout: () => console.log(`works ${operation.operationId}`) });
await call.await();
