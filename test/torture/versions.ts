import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import * as os from "node:os";

/** On what a suite ran. No names of machines or folders: the report is public. */
export type Versions = Readonly<Record<string, string>>;

/** What is tried, with what, on what. */
export function versionsHere(): Versions {
  return {
    daybook: describeSource(),
    node: process.version,
    kernel: `${os.type()} ${os.release()} (${os.arch()}, ${os.availableParallelism()} processors)`,
    "file system": fileSystemOf(os.tmpdir()),
    "xxhash-addon": versionOf("xxhash-addon"),
    "fs-ext": versionOf("fs-ext"),
  };
}

/** The version, and the commit where there is one. */
function describeSource(): string {
  const root = new URL("../../../", import.meta.url);
  const { version } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { version: string };
  try {
    const commit = execFileSync("git", ["describe", "--always", "--dirty", "--tags"], { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    return `${version} (${commit})`;
  } catch {
    return version;
  }
}

function versionOf(dependency: string): string {
  const text = readFileSync(new URL(`../../../node_modules/${dependency}/package.json`, import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** The type of the mount that a folder lies on; the one with the longest path above it. */
function fileSystemOf(folder: string): string {
  try {
    const mounts = readFileSync("/proc/self/mountinfo", "utf8").trim().split("\n");
    const above = mounts
      .map((line) => ({ point: line.split(" ")[4] ?? "", type: line.split(" - ")[1]?.split(" ")[0] ?? "unknown" }))
      .filter(({ point }) => folder === point || folder.startsWith(point.endsWith("/") ? point : `${point}/`));
    return above.sort((a, b) => b.point.length - a.point.length)[0]?.type ?? "unknown";
  } catch {
    return "unknown";
  }
}
