import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { FolderArtifactStore } from "../../src/artifacts/folder-store.js";
import { putArtifact, replaceArtifact } from "../../src/artifacts/put-artifact.js";
import { checkArtifact, readArtifact, streamArtifact } from "../../src/artifacts/read-artifact.js";
import type { ArtifactRef, ArtifactStore } from "../../src/checkpoints.js";
import { bytesOf } from "../../src/testing/artifacts/kit.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const content = bytesOf(700_000);

async function stored(): Promise<{ store: FolderArtifactStore; ref: ArtifactRef; zipped: ArtifactRef }> {
  const store = new FolderArtifactStore(temporaryFolder());
  const ref = await replaceArtifact(store, "a/plain.bin", content);
  const { bytes: storedBytes } = await replaceArtifact(store, "a/plain.bin.gz", gzipSync(content));
  return { store, ref, zipped: { ...ref, path: "a/plain.bin.gz", codec: "gzip", storedBytes } };
}

describe("reading an artifact", () => {
  it("takes a folder, and a link that leads out, in its place for damage: nothing else is read", async () => {
    const { store, ref, zipped } = await stored();
    const file = store.locate(ref.path);
    rmSync(file);
    mkdirSync(file);
    await expect(readArtifact(store, ref)).rejects.toMatchObject({ code: "ARTIFACT_CORRUPT", path: file, problem: expect.stringContaining("what stands in its place is no file") as unknown });
    const copy = join(temporaryFolder(), "copy");
    renameSync(store.locate(zipped.path), copy);
    symlinkSync(copy, store.locate(zipped.path));
    await expect(readArtifact(store, zipped)).rejects.toMatchObject({ code: "ARTIFACT_CORRUPT", problem: expect.stringContaining("leads out of the root") as unknown });
  });

  it("gives the content that the event names, plain or compressed", async () => {
    const { store, ref, zipped } = await stored();
    expect(ref).toEqual({ path: "a/plain.bin", bytes: 700_000, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown });
    for (const one of [ref, zipped]) {
      expect(content.equals(await readArtifact(store, one))).toBe(true);
      const chunks: Uint8Array[] = [];
      for await (const chunk of streamArtifact(store, one)) chunks.push(chunk);
      expect(content.equals(Buffer.concat(chunks))).toBe(true);
      let read = 0;
      await checkArtifact(store, one, { onRead: (bytes) => (read += bytes) });
      expect(read).toBe(700_000);
    }
    const empty = await replaceArtifact(store, "a/empty", "");
    expect(await readArtifact(store, empty)).toHaveLength(0);
    expect(await putArtifact(store, "a/empty", "x")).toBeUndefined();
    expect(await putArtifact(store, "a/other", "x")).toMatchObject({ path: "a/other", bytes: 1 });
  });

  it("finds every single bit that is otherwise, and says whether the file is missing, truncated or altered", async () => {
    const { store, ref, zipped } = await stored();
    const problems = async (one: ArtifactRef): Promise<string> => {
      const failures = await Promise.all([readArtifact(store, one), checkArtifact(store, one)].map((work) => work.then(() => undefined, (error: unknown) => error as Error & { code: string; path: string; problem: string })));
      for (const failure of failures) expect(failure).toMatchObject({ code: "ARTIFACT_CORRUPT", path: store.locate(one.path) });
      expect(failures[0]?.problem).toBe(failures[1]?.problem);
      return failures[0]?.problem ?? "";
    };
    for (const one of [ref, zipped]) {
      const file = store.locate(one.path);
      const good = readFileSync(file);
      for (const at of [0, 1, 17, Math.floor(good.length / 2), good.length - 5, good.length - 1]) {
        const bad = Buffer.from(good);
        bad[at] = (bad[at] ?? 0) ^ 1;
        writeFileSync(file, bad);
        // A bit of gzip's header that changes nothing of the content is no damage.
        if (one === ref || at !== 1) expect(await problems(one), `byte ${at}`).toMatch(/^is altered: /);
      }
      for (const length of [0, 5, good.length - 1]) {
        writeFileSync(file, good);
        truncateSync(file, length);
        expect(await problems(one), `cut to ${length}`).toMatch(/^is truncated: /);
      }
      writeFileSync(file, Buffer.concat([good, Buffer.from("x")]));
      expect(await problems(one)).toMatch(/^is altered: /);
      await store.delete(one.path);
      expect(await problems(one)).toBe("is missing");
    }
  });

  it("never decompresses more than the event says", async () => {
    const store = new FolderArtifactStore(temporaryFolder());
    await replaceArtifact(store, "bomb.gz", gzipSync(Buffer.alloc(50_000_000)));
    const ref: ArtifactRef = { path: "bomb.gz", bytes: 1000, sha256: "0".repeat(64), codec: "gzip" };
    let given = 0;
    const reading = (async () => {
      for await (const chunk of streamArtifact(store, ref)) given += chunk.length;
    })();
    await expect(reading).rejects.toThrow("holds more than the 1000 bytes");
    expect(given).toBeLessThanOrEqual(1000);
  });

  it("ends with the reason of an abort, and tells a file that vanishes while it is read as missing", async () => {
    const { store, ref, zipped } = await stored();
    for (const one of [ref, zipped]) {
      const controller = new AbortController();
      const reading = checkArtifact(store, one, { signal: controller.signal, onRead: () => controller.abort(new Error("enough")) });
      await expect(reading).rejects.toThrow("enough");
    }
    const got = await store.get(ref.path);
    const late: ArtifactStore = { get: () => Promise.resolve(got), locate: (path) => store.locate(path), put: (path, bytes) => store.put(path, bytes), delete: (path) => store.delete(path), list: (prefix) => store.list(prefix) };
    await store.delete(ref.path);
    await expect(readArtifact(late, ref)).rejects.toMatchObject({ code: "ARTIFACT_CORRUPT", problem: "is missing" });
  });
});
