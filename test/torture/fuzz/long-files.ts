import { spawn } from "node:child_process";
import { appendFileSync, closeSync, cpSync, mkdirSync, openSync, readdirSync, rmSync, statSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openDaybookOn } from "../../../src/open-daybook.js";
import { trailerLine } from "../../../src/log/blocks/block-format.js";
import type { Findings } from "../data/findings.js";
import { unsyncedFiles } from "../data/unsynced.js";

const gigabyte = 2 ** 30;
/** What a process may use for any of these files; node itself takes about 60. */
const mostMegabytes = 300;
const mostSeconds = 60;

interface LongFile {
  readonly name: string;
  /** Relative to the root. */
  readonly path: string;
  readonly bytes: number;
  /** Written behind what is there, before the rest becomes a hole. */
  readonly begin?: string;
  /** What has to come of steps. */
  readonly readOnly: Readonly<Record<string, string>>;
  readonly writing: Readonly<Record<string, string>>;
}

const segment = "log/00000000000000000001.ndjson";
const asBefore = { open: "ok", read: "2 events", view: "1 runs", verify: "ok" } as const;
const damaged = { open: "damaged", read: "LOG_CORRUPT", view: "1 runs", verify: "faults" } as const;

const longFiles: readonly LongFile[] = [
  { name: "a segment that goes on as zeros", path: segment, bytes: 10 * gigabyte, readOnly: damaged, writing: { open: "LOG_CORRUPT" } },
  { name: "a segment whose line never ends", path: segment, bytes: 10 * gigabyte, begin: "{", readOnly: damaged, writing: { open: "LOG_CORRUPT" } },
  { name: "a torn tail of a line that never ends", path: segment, bytes: gigabyte, begin: "{", readOnly: asBefore, writing: { ...asBefore, append: "seq 4" } },
  { name: "padding", path: segment, bytes: gigabyte, readOnly: asBefore, writing: { ...asBefore, append: "seq 3" } },
  { name: "a manifest", path: "log/manifest.ndjson", bytes: 10 * gigabyte, readOnly: damaged, writing: { open: "LOG_CORRUPT" } },
  { name: "daybook.json", path: "daybook.json", bytes: 10 * gigabyte, begin: " ", readOnly: { open: "LOG_CORRUPT" }, writing: { open: "LOG_CORRUPT" } },
  { name: "a snapshot", path: "snapshots/runs/v1-00000000000000000001.ndjson", bytes: 10 * gigabyte, begin: "{", readOnly: asBefore, writing: { ...asBefore, append: "seq 3" } },
  { name: "a snapshot that fits into no memory", path: "snapshots/runs/v1-00000000000000000001.ndjson", bytes: gigabyte - 100, begin: "{", readOnly: asBefore, writing: { ...asBefore, append: "seq 3" } },
];

/** Opens, reads, checks and writes on roots with files of many gigabytes, in a process whose memory is measured. Gives the most that was seen. */
export async function tryLongFiles(folder: string, findings: Findings, progress: (done: number, total: number, what: string) => void): Promise<Readonly<Record<string, string>>> {
  const template = join(folder, "short");
  const book = await openDaybookOn({ files: unsyncedFiles }, template);
  await book.runs.allocate("train");
  await book.log.append({ stream: "note/1", type: "note.taken", data: {} });
  await book.close();
  let [most, longest] = [0, 0];
  for (const [index, file] of longFiles.entries()) {
    progress(index, longFiles.length, `${file.name}, ${(file.bytes / gigabyte).toFixed(0)} GiB`);
    for (const mode of ["read-only", "writing"] as const) {
      const root = join(folder, "long");
      cpSync(template, root, { recursive: true });
      stretch(join(root, file.path), file);
      const started = performance.now();
      const result = await runChild(root, mode);
      const seconds = (performance.now() - started) / 1000;
      findings.count("openings of a root with a file of 1 to 10 GiB");
      const where = `${file.name} of ${file.bytes} bytes, ${mode}`;
      if (typeof result === "string") findings.fail(where, result);
      else {
        const wanted = mode === "read-only" ? file.readOnly : file.writing;
        for (const [step, outcome] of Object.entries(wanted)) if (result.outcomes[step] !== outcome) findings.fail(where, `${step}: ${result.outcomes[step]} instead of ${outcome}`);
        if (result.megabytes > mostMegabytes) findings.fail(where, `${result.megabytes} MB of memory were used`);
        [most, longest] = [Math.max(most, result.megabytes), Math.max(longest, seconds)];
      }
      const room = roomOf(root);
      if (room > 64) findings.fail(where, `the root takes ${room} MB of the disk`);
      rmSync(root, { recursive: true, force: true });
    }
  }
  return { "memory with a file of many GiB, MB, at most": String(most), "seconds for everything with one, at most": longest.toFixed(1) };
}

function stretch(path: string, { bytes, begin = "" }: LongFile): void {
  mkdirSync(join(path, ".."), { recursive: true });
  appendFileSync(path, begin);
  truncateSync(path, bytes);
  if (!path.includes("snapshots") || bytes >= 2 * gigabyte) return;
  // It ends as a snapshot does, so that its end alone does not tell.
  const fd = openSync(path, "r+");
  const trailer = trailerLine(bytes >> 1, "0123456789abcdef");
  writeSync(fd, trailer, bytes - trailer.length);
  closeSync(fd);
}

/** Megabytes that the files of a root really take. */
function roomOf(root: string): number {
  const blocks = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).blocks, 0);
  return Math.round((blocks * 512) / 2 ** 20);
}

function runChild(root: string, mode: string): Promise<{ readonly outcomes: Readonly<Record<string, string>>; readonly megabytes: number } | string> {
  const child = spawn(process.execPath, ["--no-warnings", fileURLToPath(new URL("./long-file-child.js", import.meta.url)), root, mode], { stdio: ["ignore", "pipe", "pipe"] });
  const timer = setTimeout(() => child.kill("SIGKILL"), mostSeconds * 1000);
  let [output, errors] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  return new Promise((resolve) => {
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(JSON.parse(output) as { outcomes: Record<string, string>; megabytes: number });
      else resolve(`the process ended with ${code ?? signal}: ${errors.slice(0, 500)}`);
    });
  });
}
