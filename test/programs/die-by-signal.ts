/** Starts itself, sends SIGTERM to that process, and prints what its clean-ups did and how it ended. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { CleanupHandler } from "../../src/operations.js";

if (process.argv[2] === "victim") {
  const { instance } = CleanupHandler;
  process.on("warning", ({ message }) => console.log(`warned: ${message}`));
  instance.register((signal) => console.log(`one ${signal}`));
  instance.unregister(instance.register(() => console.log("never")));
  instance.register(async (signal) => {
    await new Promise(setImmediate);
    console.log(`two ${signal}`);
    throw new Error("two broke");
  });
  instance.register((signal) => console.log(`three ${signal}`));
  setInterval(() => undefined, 1000);
  process.kill(process.pid, "SIGTERM");
} else {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), "victim"], { stdio: ["ignore", "inherit", "ignore"] });
  child.on("exit", (code, signal) => console.log(`ended by ${signal ?? code}`));
}
