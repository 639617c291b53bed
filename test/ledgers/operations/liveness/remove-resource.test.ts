import { existsSync, lstatSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import type * as nodeOs from "node:os";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test, vi } from "vitest";
import { removeResource } from "../../../../src/ledgers/operations/liveness/remove-resource.js";
import { checkedResource, protectedPaths } from "../../../../src/ledgers/operations/liveness/resource-path.js";
import { temporaryFolder } from "../../../support/temporary-folder.js";

vi.mock("node:os", async (original) => {
  const os = await original<typeof nodeOs>();
  return { ...os, homedir: vi.fn(os.homedir) };
});

const realFolder = (): string => realpathSync(temporaryFolder());

test("a file and a whole folder are removed; one that is not there is missing", async () => {
  const [folder, guard] = [realFolder(), await protectedPaths("/somewhere/daybook")];
  writeFileSync(join(folder, "file"), "x");
  mkdirSync(join(folder, "a/b/c"), { recursive: true });
  writeFileSync(join(folder, "a/b/c/file"), "x");
  expect(await removeResource(join(folder, "file"), guard)).toEqual({ outcome: "removed" });
  expect(await removeResource(join(folder, "a"), guard)).toEqual({ outcome: "removed" });
  expect(await removeResource(join(folder, "a"), guard)).toEqual({ outcome: "missing" });
  expect(await removeResource(join(folder, "a/b/c"), guard)).toEqual({ outcome: "missing" });
  expect(existsSync(join(folder, "a"))).toBe(false);
});

test("links are not followed: neither the path itself, nor what it lies in, nor what lies below it", async () => {
  const [folder, guard] = [realFolder(), await protectedPaths("/somewhere/daybook")];
  mkdirSync(join(folder, "precious"));
  writeFileSync(join(folder, "precious/file"), "kept");
  symlinkSync(join(folder, "precious"), join(folder, "link"));
  expect(await removeResource(join(folder, "link"), guard)).toMatchObject({ outcome: "refused", problem: expect.stringContaining("is a link") as string });
  expect(await removeResource(join(folder, "link/file"), guard)).toMatchObject({ outcome: "refused" });
  mkdirSync(join(folder, "deep"));
  symlinkSync(folder, join(folder, "deep/up"));
  expect(await removeResource(join(folder, "deep/up/precious/file"), guard)).toMatchObject({ outcome: "refused", problem: expect.stringContaining("behind a link") as string });
  symlinkSync(join(folder, "precious"), join(folder, "deep/folder"));
  symlinkSync(join(folder, "precious/file"), join(folder, "deep/file"));
  expect(await removeResource(join(folder, "deep"), guard)).toEqual({ outcome: "removed" });
  expect(readFileSync(join(folder, "precious/file"), "utf8")).toBe("kept");
  expect(lstatSync(join(folder, "link")).isSymbolicLink()).toBe(true);
});

test("what is protected is refused, however it got into the log", async () => {
  const daybook = join(realFolder(), "book");
  mkdirSync(join(daybook, "log"), { recursive: true });
  const guard = await protectedPaths(daybook);
  for (const path of ["/", "/tmp", "/usr", homedir(), tmpdir(), daybook, dirname(daybook), join(daybook, "log"), "relative", `${daybook}/../book`, "/a/b/"]) {
    expect(await removeResource(path, guard), path).toMatchObject({ outcome: "refused" });
  }
  expect(existsSync(join(daybook, "log"))).toBe(true);
});

test("a path is registered as it is without links in what it lies in, whether it exists or not", async () => {
  const [folder, guard] = [realFolder(), await protectedPaths("/somewhere/daybook")];
  mkdirSync(join(folder, "real"));
  symlinkSync(join(folder, "real"), join(folder, "link"));
  expect(await checkedResource(join(folder, "link/not/yet"), guard)).toBe(join(folder, "real/not/yet"));
  expect(await checkedResource(`${folder}/./real/../real/x/`, guard)).toBe(join(folder, "real/x"));
  expect(await checkedResource("some-file", guard)).toBe(join(realpathSync(process.cwd()), "some-file"));
});

test("a path that may not be removed is not registered", async () => {
  const daybook = join(realFolder(), "book");
  mkdirSync(daybook);
  symlinkSync(daybook, join(dirname(daybook), "link"));
  const guard = await protectedPaths(daybook);
  for (const path of ["/", "/etc", homedir(), tmpdir(), daybook, dirname(daybook), join(daybook, "x"), join(dirname(daybook), "link/x"), "", "a\0b", 7, `/tmp/${"x".repeat(4096)}`]) {
    await expect(checkedResource(path, guard), String(path)).rejects.toMatchObject({ code: "INVALID_OPTION", field: "path" });
  }
});

test.runIf(process.platform === "linux")("what cannot be removed has failed, and says why", async () => {
  expect(await removeResource("/proc/version", await protectedPaths("/somewhere/daybook"))).toMatchObject({ outcome: "failed" });
});

test("where the user has no home, everything else is protected all the same", async () => {
  vi.mocked(homedir).mockImplementationOnce(() => {
    throw new Error("ENOENT: uv_os_homedir");
  });
  const { folders } = await protectedPaths("/somewhere/daybook");
  expect(folders).toEqual(expect.arrayContaining([tmpdir()]));
});

test("several that remove one folder at the same time are not in each other's way", async () => {
  const [folder, guard] = [realFolder(), await protectedPaths("/somewhere/daybook")];
  for (let name = 0; name < 50; name += 1) {
    mkdirSync(join(folder, `a/${name}/below`), { recursive: true });
    writeFileSync(join(folder, `a/${name}/file`), "x");
  }
  const outcomes = await Promise.all(Array.from({ length: 4 }, () => removeResource(join(folder, "a"), guard)));
  expect(outcomes.every(({ outcome }) => outcome === "removed" || outcome === "missing"), JSON.stringify(outcomes)).toBe(true);
  expect(existsSync(join(folder, "a"))).toBe(false);
});
