/**
 * Starts itself, sends SIGTERM to that process, and prints what its clean-ups did and how it ended. With `beside`, a child process is run beside it by a package that listens for
 * signals itself.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { CleanupHandler } from "../../src/operations.js";

const [role, beside = role] = process.argv.slice(2);
if (role === "victim") {
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
  if (beside === "beside") {
    const child = execa(process.execPath, ["-e", "setInterval(() => undefined, 1000)"], { stdio: "ignore" });
    child.catch(() => undefined);
  }
  process.kill(process.pid, "SIGTERM");
} else {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), "victim", ...(beside === undefined ? [] : [beside])], { stdio: ["ignore", "inherit", "ignore"] });
  // One that does not end by it is not waited for.
  setTimeout(() => child.kill("SIGKILL"), 15_000).unref();
  child.on("exit", (code, signal) => console.log(`ended by ${signal ?? code}`));
}
