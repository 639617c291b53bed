import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { nodeArtifactFiles } from "../../src/artifacts/artifact-files.js";
import type { ArtifactFile, ArtifactFiles } from "../../src/artifacts/artifact-files.js";
import { FolderArtifactStore } from "../../src/artifacts/folder-store.js";
import { checkArtifact, readArtifact } from "../../src/artifacts/read-artifact.js";
import { bytesOf, entriesOf } from "../../src/testing/artifacts/kit.js";
import { canMount } from "../support/can-mount.js";
import { temporaryFolder } from "../support/temporary-folder.js";

type Fault = { readonly error: string } | { readonly short: number } | undefined;

/** The real calls, but each first asks `plan`. `calls` are their names, in order; `open` counts descriptors. */
function faulty(plan: (call: string, index: number) => Fault): { readonly files: ArtifactFiles; readonly calls: string[]; readonly open: () => number } {
  const calls: string[] = [];
  let open = 0;
  const ask = (call: string): Fault => {
    calls.push(call);
    const fault = plan(call, calls.length);
    if (fault !== undefined && "error" in fault) throw Object.assign(new Error(`${fault.error}: injected, ${call}`), { code: fault.error });
    return fault;
  };
  const counted = (what: string, file: ArtifactFile): ArtifactFile => {
    open += 1;
    return {
      write: async (bytes, position) => {
        const fault = ask("write");
        return await file.write(fault === undefined || "error" in fault ? bytes : bytes.subarray(0, fault.short), position);
      },
      read: async (target, position) => {
        ask("read");
        return await file.read(target, position);
      },
      stat: () => file.stat(),
      sync: async () => {
        ask(`sync ${what}`);
        await file.sync();
      },
      close: async () => {
        open -= 1;
        await file.close();
        ask("close");
      },
    };
  };
  const files = Object.fromEntries(
    Object.entries(nodeArtifactFiles).map(([call, real]: [string, (...args: string[]) => Promise<unknown>]) => [
      call,
      async (...args: string[]) => {
        ask(call);
        const result = await real(...args);
        return call === "create" || call === "open" || call === "openFolder" ? counted(call === "openFolder" ? "folder" : "file", result as ArtifactFile) : result;
      },
    ]),
  ) as unknown as ArtifactFiles;
  return { files, calls, open: () => open };
}

const content = bytesOf(1_500_000);
const everythingIn = (root: string): string[] => readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => name);

describe("a folder of artifacts", () => {
  it("writes and syncs a file before it gets its name, and syncs the folder after", async () => {
    const { files, calls } = faulty(() => undefined);
    const store = new FolderArtifactStore(temporaryFolder(), files);
    await store.put("a/b.bin", content);
    const changing = (): string[] => calls.filter((call) => !["lstat", "stat", "realpath", "openFolder", "close"].includes(call));
    expect(changing()).toEqual(["mkdir", "sync folder", "create", "write", "write", "sync file", "link", "unlink", "sync folder"]);
    calls.length = 0;
    await store.put("a/b.bin", content, { replace: true });
    expect(changing()).toEqual(["create", "write", "write", "sync file", "rename", "sync folder"]);
  });

  it.each(["EIO", "ENOSPC", "EDQUOT", "EFBIG"])("a failing call (%s) stores nothing, leaves nothing, gives its descriptors back, and what is there stays", async (error) => {
    const clean = faulty(() => undefined);
    const measured = new FolderArtifactStore(temporaryFolder(), clean.files);
    await measured.put("a/b.bin", content);
    const all = [...clean.calls];
    for (const [index, call] of all.entries()) {
      for (const replace of [false, true]) {
        const root = temporaryFolder();
        if (replace) await new FolderArtifactStore(root).put("a/b.bin", "before");
        const { files, open } = faulty((_, at) => (at === index + 1 ? { error } : undefined));
        const outcome = await new FolderArtifactStore(root, files).put("a/b.bin", content, { replace }).catch((failure: unknown) => failure);
        expect(open(), call).toBe(0);
        const now = await new FolderArtifactStore(root).get("a/b.bin");
        if (outcome instanceof Error) {
          expect(outcome, call).toMatchObject({ code: "WRITE_FAILED", cause: { code: error } });
          // After a rename nothing leads back: then it is the new one, whole.
          if (replace) expect([6, content.length]).toContain(readFileSync(join(root, "a/b.bin")).length);
          else expect(now, call).toBeUndefined();
          expect(everythingIn(root).filter((name) => name.endsWith(".new")), call).toEqual([]);
        } else {
          expect(content.equals(readFileSync(join(root, "a/b.bin"))), call).toBe(true);
        }
      }
    }
    expect(all.length).toBeGreaterThan(15);
  }, 30_000);

  it("makes an interrupted call again, and goes on after a short write", async () => {
    let interrupted = 0;
    const { files, open } = faulty((call, index) => {
      if (call === "write" && index % 2 === 0) return { short: 100_000 };
      if (call === "close" || index % 3 !== 0) return undefined;
      interrupted += 1;
      return { error: "EINTR" };
    });
    const store = new FolderArtifactStore(temporaryFolder(), files);
    const stored = await store.put("a/b.bin", content);
    expect(content.equals(await readArtifact(store, { path: "a/b.bin", bytes: stored?.bytes ?? 0, sha256: stored?.sha256 ?? "" }))).toBe(true);
    expect(interrupted).toBeGreaterThan(5);
    expect(open()).toBe(0);
    expect(await store.delete("a/b.bin")).toBe(true);
  });

  it("gives its descriptor back when reading is given up, fails or is never begun", async () => {
    const root = temporaryFolder();
    await new FolderArtifactStore(root).put("a.bin", content);
    const { files, open } = faulty((call, index) => (call === "read" && index > 8 ? { error: "EIO" } : undefined));
    const store = new FolderArtifactStore(root, files);
    for await (const _ of (await store.get("a.bin")) ?? []) break;
    expect(open()).toBe(0);
    await store.get("a.bin");
    expect(open()).toBe(0);
    await expect(checkArtifact(store, { path: "a.bin", bytes: content.length, sha256: "" })).rejects.toMatchObject({ code: "READ_FAILED", cause: { code: "EIO" } });
    expect(open()).toBe(0);
  });

  it("neither follows links that lead out of it nor writes through them", async () => {
    const [root, outside] = [temporaryFolder(), temporaryFolder()];
    const store = new FolderArtifactStore(root);
    await store.put("in/side.bin", "inside");
    writeFileSync(join(outside, "secret"), "secret");
    symlinkSync(outside, join(root, "out"));
    symlinkSync(join(outside, "not-yet"), join(root, "nowhere"));
    symlinkSync(join(outside, "secret"), join(root, "in", "secret"));
    symlinkSync("side.bin", join(root, "in", "link.bin"));
    symlinkSync("..", join(root, "in", "round"));
    for (const path of ["out/a", "out/deep/a", "nowhere/a"]) await expect(store.put(path, "x"), path).rejects.toMatchObject({ code: "PATH_OUTSIDE_ROOT" });
    expect(readdirSync(outside)).toEqual(["secret"]);
    for (const path of ["out/secret", "in/secret"]) await expect(store.get(path)).rejects.toMatchObject({ code: "PATH_OUTSIDE_ROOT" });
    await expect(store.delete("out/secret")).rejects.toMatchObject({ code: "PATH_OUTSIDE_ROOT" });
    // The link is taken, not what it leads to.
    expect(await store.put("in/secret", "x")).toBeUndefined();
    await store.put("in/secret", "mine", { replace: true });
    expect(readFileSync(join(outside, "secret"), "utf8")).toBe("secret");
    expect((await entriesOf(store, "in")).map(({ path }) => path)).toEqual(["in/link.bin", "in/secret", "in/side.bin"]);
    expect(await entriesOf(store, "out")).toEqual([]);
  });

  it("stays in a root that is itself reached by a link, and makes one that is missing", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "real"));
    symlinkSync("real", join(folder, "link"));
    await new FolderArtifactStore(join(folder, "link")).put("a/b", "x");
    expect(readFileSync(join(folder, "real/a/b"), "utf8")).toBe("x");
    await new FolderArtifactStore(join(folder, "new", "deep")).put("a", "x");
    expect(readFileSync(join(folder, "new/deep/a"), "utf8")).toBe("x");
  });

  it("says what is no file, and leaves out of lists what no path can name; unfinished files are told and can be deleted", async () => {
    const root = temporaryFolder();
    const store = new FolderArtifactStore(root);
    mkdirSync(join(root, "a", "folder"), { recursive: true });
    for (const name of [".DS_Store", "with\nline", "left.0123.new", "good"]) writeFileSync(join(root, "a", name), "x");
    execFileSync("mkfifo", [join(root, "a", "pipe")]);
    utimesSync(join(root, "a", "good"), 1000, 1000);
    for (const path of ["a/folder", "a/pipe"]) await expect(store.get(path)).rejects.toMatchObject({ code: "READ_FAILED" });
    await expect(store.delete("a/folder")).rejects.toMatchObject({ code: "WRITE_FAILED" });
    await expect(store.put("a/good/below", "x")).rejects.toMatchObject({ code: "WRITE_FAILED" });
    await expect(store.put("a/folder", "x", { replace: true })).rejects.toMatchObject({ code: "WRITE_FAILED" });
    const entries = await entriesOf(store, "a");
    expect(entries.map(({ path, unfinished }) => [path, unfinished])).toEqual([["a/good", false], ["a/left.0123.new", true]]);
    expect(entries[0]?.modifiedMs).toBe(1_000_000);
    expect(await store.get("a/left.0123.new")).toBeUndefined();
    expect(await store.delete("a/left.0123.new")).toBe(true);
    expect(existsSync(join(root, "a", "left.0123.new"))).toBe(false);
  });

  it("puts again in a folder that somebody has removed meanwhile", async () => {
    const root = temporaryFolder();
    const store = new FolderArtifactStore(root);
    await store.put("a/b/c", "x");
    execFileSync("rm", ["-r", join(root, "a")]);
    expect(await store.put("a/b/c", "y")).toMatchObject({ bytes: 1 });
    execFileSync("rm", ["-r", root]);
    expect(await store.put("a/b/c", "z")).toMatchObject({ bytes: 1 });
  });

  it.runIf(canMount())("a disk that is really full stores nothing and leaves nothing, and goes on once there is space", async () => {
    const mount = temporaryFolder();
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", mount]);
    onTestFinished(() => void execFileSync("umount", ["-l", mount]));
    const store = new FolderArtifactStore(mount);
    const kept = await store.put("a/kept.bin", content.subarray(0, 400_000));
    await expect(store.put("a/more.bin", content.subarray(0, 900_000))).rejects.toMatchObject({ code: "WRITE_FAILED", cause: { code: "ENOSPC" } });
    await expect(store.put("a/kept.bin", content.subarray(0, 900_000), { replace: true })).rejects.toMatchObject({ code: "WRITE_FAILED" });
    expect(readdirSync(join(mount, "a"))).toEqual(["kept.bin"]);
    await checkArtifact(store, { path: "a/kept.bin", bytes: 400_000, sha256: kept?.sha256 ?? "" });
    expect(await store.put("a/more.bin", content.subarray(0, 500_000))).toMatchObject({ bytes: 500_000 });
  });
});
