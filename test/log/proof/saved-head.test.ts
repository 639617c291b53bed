/** Saved heads against logs that went on, were sealed since, or were changed. Seeds: see test/support/fast-check-seed.ts. */
import "../../support/fast-check-seed.js";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { generateKeyPair, isDaybookError, openDaybook } from "../../../src/index.js";
import type { SavedHead, Verification, VerifyOptions } from "../../../src/index.js";
import { commitEnds } from "../../support/commit-ends.js";
import { compressRoot } from "../../support/compressed-log.js";
import { startProgram } from "../../support/programs.js";
import { sealAll } from "../../support/raw-log.js";
import { manifestLines } from "../../support/rewrite-log.js";
import { activeSegment, copyOf, segmentFiles, writeSmallLog } from "../../support/small-log.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

const sha256 = (bytes: Buffer | string): string => createHash("sha256").update(bytes).digest("hex");

async function save(root: string, signingKey?: string): Promise<SavedHead> {
  await using book = await openDaybook(root, { readOnly: true });
  return await book.proof(signingKey === undefined ? {} : { signingKey });
}

async function verify(root: string, options: VerifyOptions): Promise<Verification> {
  await using book = await openDaybook(root, { readOnly: true });
  return await book.verify(options);
}

async function newLog(commits: number, segmentBytes = 4096): Promise<string> {
  const root = temporaryFolder();
  await writeSmallLog(root, commits, segmentBytes);
  await sealAll(root);
  return root;
}

const vectors = JSON.parse(/```json vectors\n(.*?)\n```/s.exec(readFileSync(new URL("../../../docs/format.md", import.meta.url), "utf8"))?.[1] ?? "") as {
  readonly logs: readonly { readonly name: string; readonly files: Readonly<Record<string, string>> }[];
};

/** A root as it stands in docs/format.md. */
function vectorLog(name: string, root = temporaryFolder()): string {
  const files = vectors.logs.find((log) => log.name === name)?.files;
  if (files === undefined) throw new Error(`docs/format.md has no log ${name}`);
  mkdirSync(join(root, "log"), { recursive: true });
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);
  return root;
}

describe("a saved head", () => {
  it("says where the log ends, and what everything before it is, in digests that sha256sum gives", async () => {
    const root = await newLog(40);
    const head = await save(root);
    await using book = await openDaybook(root, { readOnly: true });
    const end = await book.log.head();
    const bytes = readFileSync(activeSegment(root));
    const line = manifestLines(root).at(-1) as string;
    expect(head).toEqual({
      daybook: 1,
      root: (JSON.parse(readFileSync(join(root, "daybook.json"), "utf8")) as { root: string }).root,
      seq: end.seq,
      time: end.time,
      token: end.token,
      segment: segmentFiles(root).at(-1),
      bytes: bytes.length,
      sha256: sha256(bytes),
      sealed: (JSON.parse(line) as { last: number }).last,
      chain: sha256(line),
    });
  });

  it("of an empty log, and of one that has no sealed segment yet, stands on daybook.json", async () => {
    const root = temporaryFolder();
    await (await openDaybook(root)).close();
    const empty = await save(root);
    expect(empty).toMatchObject({ seq: 0, time: null, sealed: 0, chain: sha256(readFileSync(join(root, "daybook.json"))) });
    await writeSmallLog(root, 3);
    expect(await save(root)).toMatchObject({ seq: 6, sealed: 0, chain: empty.chain });
    expect(await verify(root, { since: empty })).toMatchObject({ ok: true, since: { seq: 0, time: null } });
  });

  it("has digests of closed segments that are not sealed yet, too", async () => {
    const root = await newLog(40);
    const lines = manifestLines(root);
    expect(lines.length).toBeGreaterThan(2);
    writeFileSync(join(root, "log/manifest.ndjson"), `${lines[0]}\n`);
    const head = await save(root);
    expect(head.unsealed?.map(({ segment, sha256: digest }) => [segment, digest])).toEqual(
      segmentFiles(root)
        .slice(1, -1)
        .map((name) => [name, sha256(readFileSync(join(root, "log", name)))]),
    );
    expect(await verify(root, { since: head })).toMatchObject({ ok: true });
    // By the next writer.
    await sealAll(root);
    expect(manifestLines(root).length).toBeGreaterThan(2);
    expect(await verify(root, { since: head })).toMatchObject({ ok: true });
    const changed = copyOf(root);
    const path = join(changed, "log", segmentFiles(changed)[1] as string);
    writeFileSync(path, readFileSync(path, "utf8").replace("grün", "grim"));
    expect((await verify(changed, { since: head })).faults.map(({ kind }) => kind)).toContain("head");
  });

  it("is given as an object, as text, or as the path of a file however that is laid out, and its signature holds for all of them", async () => {
    const { privateKey, publicKey } = await generateKeyPair();
    const root = await newLog(20);
    const head = await save(root, privateKey);
    const file = join(temporaryFolder(), "head.json");
    writeFileSync(file, JSON.stringify(Object.fromEntries(Object.entries(head).reverse()), null, 2));
    for (const since of [head, JSON.stringify(head), ` \n${JSON.stringify(head)}\n`, file]) expect(await verify(root, { since, key: publicKey })).toMatchObject({ ok: true, since: { seq: head.seq }, signed: { to: head.seq } });
  });

  it("that is signed cannot be changed, and one that is not signed will not do where a key is asked for", async () => {
    const [keys, others] = [await generateKeyPair(), await generateKeyPair()];
    const root = await newLog(40);
    const head = await save(root, keys.privateKey);
    const messageOf = async (since: SavedHead): Promise<string[]> => (await verify(root, { since, key: keys.publicKey })).faults.filter(({ kind }) => kind === "head").map(({ message }) => message);
    expect(await messageOf(head)).toEqual([]);
    for (const changed of [{ seq: head.seq - 1 }, { time: "2020-01-01T00:00:00.000Z" }, { unsealed: [] }]) expect(await messageOf({ ...head, ...changed })).toEqual([expect.stringMatching(/does not fit its signature/)]);
    const { sig: _sig, ...bare } = head;
    expect(await messageOf(bare)).toEqual([expect.stringMatching(/is not signed/)]);
    expect(await messageOf(await save(root, others.privateKey))).toEqual([expect.stringMatching(/signed by another key/)]);
    expect(await verify(root, { since: head })).toMatchObject({ ok: true, notes: ["the head is signed; `--key` would check that"] });
  });

  it.each([
    ["", /is not one JSON object|no such file/],
    ["[]", /no such file/],
    ["{", /not one JSON object/],
    ["{}", /"daybook" is missing/],
    ['{"daybook":2}', /format 2/],
    ["/nowhere/head.json", /no such file/],
    ["/", /cannot be read/],
  ])("that is none is told from a log that is wrong: %j", async (since, message) => {
    const root = await newLog(1);
    await expect(verify(root, { since })).rejects.toMatchObject({ code: "HEAD_UNREADABLE", message: expect.stringMatching(message) as string });
    const head = await save(root);
    for (const change of [{ bytes: -1 }, { sha256: "x" }, { segment: "../1.ndjson" }, { unsealed: [null] }, { sealed: 0.5 }, { sig: '"' }, { time: 5 }]) {
      await expect(verify(root, { since: { ...head, ...change } as unknown as SavedHead })).rejects.toMatchObject({ code: "HEAD_UNREADABLE", message: expect.stringContaining(Object.keys(change)[0] as string) as string });
    }
  });

  it("of another root is a fault", async () => {
    const [root, other] = [await newLog(1), await newLog(1)];
    expect((await verify(root, { since: await save(other) })).faults).toEqual([expect.objectContaining({ kind: "head", message: expect.stringMatching(/another root/) as string })]);
  });

  it("is not given of a damaged log", async () => {
    const root = await newLog(20, 1 << 20);
    const bytes = readFileSync(activeSegment(root));
    bytes[300] = (bytes[300] as number) ^ 1;
    writeFileSync(activeSegment(root), bytes);
    rmSync(join(root, "snapshots"), { recursive: true, force: true });
    await expect(save(root)).rejects.toMatchObject({ code: "LOG_CORRUPT" });
  });

  it("does not hold where its segment was compressed since, and damaged: a fault among the others", async () => {
    const root = await newLog(40);
    const since = await save(root);
    await writeSmallLog(root, 20, 4096);
    await sealAll(root);
    await compressRoot(root, "gzip");
    expect((await verify(root, { since })).faults).toEqual([]);
    const file = join(root, "log", `${since.segment}.gz`);
    const bytes = readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
    writeFileSync(file, bytes);
    const { faults } = await verify(root, { since });
    expect(faults.map(({ kind }) => kind)).toContain("head");
    expect(faults.find(({ kind }) => kind === "head")?.message).toContain("cannot be decompressed");
  });

  it("does not hold once a segment has been rewritten, and the message says why", async () => {
    const sealed = vectorLog("rotated");
    rmSync(join(sealed, "log/manifest.ndjson"));
    const early = await save(sealed);
    await sealAll(sealed);
    const late = await save(sealed);
    expect([early.sealed, late.sealed]).toEqual([0, 3]);
    vectorLog("rewritten", sealed);
    rmSync(join(sealed, "log/manifest.ndjson"));
    rmSync(join(sealed, "index"), { recursive: true, force: true });
    const messages = async (since: SavedHead): Promise<string> => (await verify(sealed, { since })).faults.map(({ message }) => message).join("\n");
    expect(await messages(early)).toMatch(/the segment has been rewritten \(gen 1\): its events may be the same/);
    await sealAll(sealed);
    expect(manifestLines(sealed)).toHaveLength(1);
    expect(await verify(sealed, {})).toMatchObject({ ok: true });
    expect(await messages(late)).toMatch(/the manifest up to seq 3 is not as it was.*00000000000000000001\.ndjson is a rewritten segment \(gen 1\)/);
    expect(await verify(sealed, { since: await save(sealed) })).toMatchObject({ ok: true });
  });
});

describe("heads that are saved while a process appends", () => {
  it("all hold in the end, whatever was rotated and sealed since", async () => {
    const root = temporaryFolder();
    const writer = startProgram("append-numbered", [root, "tick/a", 600, "os", 4096]);
    await writer.line((line) => line === "open");
    const heads: SavedHead[] = [];
    writer.child.stdin?.write("\n");
    const done = writer.line((line) => line === "done").then(() => "done");
    for (let over = false; !over; over = (await Promise.race([done, Promise.resolve("")])) === "done") heads.push(await save(root));
    expect(await writer.ended).toMatchObject({ code: 0 });
    expect(new Set(heads.map(({ seq }) => seq)).size).toBeGreaterThan(2);
    await using book = await openDaybook(root, { readOnly: true });
    for (const since of heads) expect(await book.verify({ since })).toMatchObject({ ok: true });
  });

  it("speak of what is on the disk, where they come from a handle that writes", async () => {
    const root = temporaryFolder();
    await using book = await openDaybook(root, { durability: "os" });
    await book.log.append({ stream: "note/1", type: "note.taken", data: {} });
    const head = await book.proof();
    expect(head.seq).toBe(1);
    expect(book.core.backend.durableSeq).toBe(1);
  });
});

describe("any change before a saved head", () => {
  const folder = mkdtempSync(join(tmpdir(), "daybook-changes-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const root = join(folder, "log");
  const made = (async () => {
    await writeSmallLog(root, 40, 4096);
    await sealAll(root);
    const head = await save(root);
    await writeSmallLog(root, 2, 4096);
    return head;
  })();

  async function holds(attacked: string, since: SavedHead): Promise<boolean> {
    try {
      return (await verify(attacked, { since })).ok;
    } catch (error) {
      if (isDaybookError(error, "LOG_CORRUPT") || isDaybookError(error, "FORMAT_TOO_NEW")) return false;
      throw error;
    }
  }

  it("of one bit is found, wherever it is", async () => {
    const since = await made;
    const files = ["daybook.json", "log/manifest.ndjson", ...segmentFiles(root).map((name) => `log/${name}`)];
    const limits = new Map([[`log/${since.segment}`, since.bytes]]);
    const attacked = join(folder, "bit");
    cpSync(root, attacked, { recursive: true });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.integer({ min: 0, max: 7 }), async (file, where, bit) => {
        const path = join(attacked, file);
        const bytes = readFileSync(path);
        const changed = Buffer.from(bytes);
        const at = Math.floor(where * (limits.get(file) ?? bytes.length));
        changed[at] = (changed[at] as number) ^ (1 << bit);
        writeFileSync(path, changed);
        try {
          expect(await holds(attacked, since)).toBe(false);
        } finally {
          writeFileSync(path, bytes);
        }
        expect(await holds(attacked, since)).toBe(true);
      }),
    );
  });

  it("by cutting the end off at a commit is found, and behind the head it is not", async () => {
    const since = await made;
    const attacked = join(folder, "cut");
    cpSync(root, attacked, { recursive: true });
    const path = activeSegment(attacked);
    expect(since.segment).toBe(segmentFiles(root).at(-1));
    const ends = commitEnds(readFileSync(path)).reverse();
    for (const { offset, seq } of ends) {
      truncateSync(path, offset);
      rmSync(join(attacked, "snapshots"), { recursive: true, force: true });
      const found = await verify(attacked, { since });
      expect([seq, found.ok]).toEqual([seq, offset >= since.bytes]);
      if (offset < since.bytes) expect(found.faults).toEqual([expect.objectContaining({ kind: "head", message: expect.stringMatching(/its end was cut off$/) as string })]);
    }
  });
});
