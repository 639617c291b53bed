import { execFileSync } from "node:child_process";
import { appendFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { isDaybookError, openDaybook } from "../../src/index.js";
import type { LogCorruptError } from "../../src/index.js";
import { readFully } from "../../src/log/file-system.js";
import { requireRoot } from "../../src/log/root.js";
import { placeOf } from "../../src/log/sealed-segments.js";
import { compressRoot, manifestOf, nameOf, segmentForms, servedBy, writeLogOfSegments, writeLongSegment } from "../support/compressed-log.js";
import { countingFiles } from "../support/counting-files.js";
import { readAll, segmentFiles, writeSmallLog } from "../support/small-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";

describe("a compressed segment", () => {
  it("of daybook's gzip is read where it is needed, and nowhere else", async () => {
    const root = temporaryFolder();
    await writeLongSegment(root);
    const plain = readFileSync(join(root, "log", nameOf(1)));
    await compressRoot(root, "gzip");
    const { files, read } = countingFiles(".ndjson.gz");
    const place = placeOf(files, root, requireRoot(files, root));
    const file = join(root, "log", nameOf(1));
    expect(place.files.statSync(file)?.size).toBe(plain.length);
    expect(read()).toBeLessThan(100);
    const fd = place.files.openSync(file, "r");
    const bytes = Buffer.alloc(1000);
    for (const at of [plain.length - 5000, 2 * 256 * 1024 - 500, plain.length - 400, 0]) {
      const length = readFully(place.files, fd, bytes, bytes.length, at);
      expect(bytes.subarray(0, length).equals(plain.subarray(at, at + 1000))).toBe(true);
    }
    // Headers, and the members that were asked for: at most five of a dozen.
    expect(read()).toBeLessThan(readFileSync(`${file}.gz`).length / 2);
    const before = read();
    place.files.closeSync(fd);
    const again = place.files.openSync(file, "r");
    expect(readFully(place.files, again, bytes, bytes.length, 10)).toBe(1000);
    expect(read() - before).toBeLessThan(1000);
    place.files.closeSync(again);
  });

  it("that is damaged serves what is before the damage, and is named", async () => {
    const root = temporaryFolder();
    await writeLongSegment(root);
    await compressRoot(root, "gzip");
    const events = await readAll(root, { readOnly: true });
    const name = `${nameOf(1)}.gz`;
    const bytes = readFileSync(join(root, "log", name));
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] as number) ^ 1;
    writeFileSync(join(root, "log", name), bytes);
    rmSync(join(root, "snapshots"), { recursive: true, force: true });
    await expect(openDaybook(root)).rejects.toMatchObject({ code: "LOG_CORRUPT", segment: name });
    const { served, damage, verified } = await servedBy(root);
    expect(served).toEqual(events.slice(0, served.length));
    expect(served.length).toBeGreaterThan(events.length / 4);
    expect(served.length).toBeLessThan(events.length * 0.75);
    expect(damage).toMatchObject({ code: "LOG_CORRUPT", segment: name, seq: served.length + 1 });
    expect((damage as LogCorruptError).offset).toBeLessThanOrEqual(middle);
    expect(verified?.faults).toContainEqual(expect.objectContaining({ kind: "compressed", segment: name, message: expect.not.stringContaining("daybook verify") as unknown, seq: served.length + 1 }));
  });

  it.each(["gzip", "gzip by hand", "brotli"] as const)("with any byte changed, or cut anywhere, never serves anything else (%s)", { timeout: 120_000 }, async (how) => {
    const root = temporaryFolder();
    {
      await using book = await openDaybook(root, { participantId: "w", segmentBytes: 4096 });
      while ((await book.verify()).segments < 2) await book.log.append({ stream: "note", type: "note.taken", data: { text: "grün 🌱".repeat(20) } });
    }
    const events = (await readAll(root, { readOnly: true })).map((event) => JSON.stringify(event));
    await compressRoot(root, how);
    rmSync(join(root, "snapshots"), { recursive: true, force: true });
    const name = segmentForms(root)[0] as string;
    const file = join(root, "log", name);
    const good = readFileSync(file);
    let found = 0;
    const judge = async (what: string): Promise<void> => {
      const answer = await servedBy(root).catch((error: unknown) => {
        // A changed header may say just that it is of a later format; then nothing is served at all.
        if (isDaybookError(error, "FORMAT_TOO_NEW")) return undefined;
        throw error;
      });
      if (answer === undefined) {
        found += 1;
        return;
      }
      const { served, damage, verified } = answer;
      expect([what, served.map((event) => JSON.stringify(event))]).toEqual([what, events.slice(0, served.length)]);
      // Some bytes mean nothing, such as the time in the header of gzip.
      const whole = served.length === events.length;
      expect([what, damage === undefined, verified?.ok ?? false]).toEqual([what, whole, whole]);
      if (!whole) found += 1;
    };
    for (let at = 0; at < good.length; at += 3) {
      const bytes = Buffer.from(good);
      bytes[at] = (bytes[at] as number) ^ (1 << at % 8);
      writeFileSync(file, bytes);
      await judge(`byte ${at}`);
    }
    for (let length = 0; length < good.length; length += 29) {
      writeFileSync(file, good);
      truncateSync(file, length);
      await judge(`cut at ${length}`);
    }
    expect(found).toBeGreaterThan(good.length / 4);
  });

  it.each([["gzip", gzipSync, ".gz"], ["brotli", brotliCompressSync, ".br"]] as const)("that would decompress to more than it may have is damage (%s)", async (_codec, compress, suffix) => {
    const root = temporaryFolder();
    await writeLogOfSegments(root);
    const name = segmentFiles(root)[1] as string;
    const plain = readFileSync(join(root, "log", name));
    rmSync(join(root, "log", name));
    writeFileSync(join(root, "log", name + suffix), compress(Buffer.concat([plain, Buffer.alloc(4 * 1024 * 1024)])));
    const { served, damage } = await servedBy(root);
    expect(served).toHaveLength((manifestOf(root)[1]?.first as number) - 1);
    expect(damage).toMatchObject({ code: "LOG_CORRUPT", segment: name + suffix, message: expect.stringContaining("more than the segment may have") as string });
  });

  it("that is the last one is read, and not written to", async () => {
    const root = temporaryFolder();
    await writeSmallLog(root, 5);
    const events = await readAll(root, { readOnly: true });
    execFileSync("gzip", [join(root, "log", nameOf(1))]);
    expect(await readAll(root, { readOnly: true })).toEqual(events);
    await expect(openDaybook(root)).rejects.toThrow(/is compressed; decompress it \(`gunzip`\)/);
    expect(segmentForms(root)).toEqual([`${nameOf(1)}.gz`]);
  });

  it("is sealed again, and no word is said of it, when the manifest was lost", async () => {
    const root = temporaryFolder();
    await writeLogOfSegments(root);
    const before = manifestOf(root);
    await compressRoot(root, "brotli");
    rmSync(join(root, "log", "manifest.ndjson"));
    await using book = await openDaybook(root);
    await book.compress({ keep: 0 });
    expect(manifestOf(root)).toEqual(before);
    expect((await book.verify({ full: true })).ok).toBe(true);
  });

  it("with something behind its members is still what gunzip says", async () => {
    const root = temporaryFolder();
    await writeLogOfSegments(root);
    await compressRoot(root, "gzip");
    const name = segmentForms(root)[0] as string;
    const file = join(root, "log", name);
    const content = gunzipSync(readFileSync(file));
    appendFileSync(file, Buffer.alloc(512));
    expect(gunzipSync(readFileSync(file))).toEqual(content);
    await using book = await openDaybook(root, { readOnly: true });
    expect((await book.verify({ full: true })).ok).toBe(true);
  });
});
