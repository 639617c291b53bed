import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { backupLog, generateKeyPair, openDaybook, repairLog } from "../../../src/index.js";
import type { SavedHead, Verification, VerifyOptions } from "../../../src/index.js";
import { signerOf } from "../../../src/log/proof/keys.js";
import { compressions, compressRoot, manifestOf, nameOf, segmentForms } from "../../support/compressed-log.js";
import { durably, note, openRawLog } from "../../support/raw-log.js";
import { segmentFiles, writeSmallLog } from "../../support/small-log.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { contentOf } from "./original.js";

const keys = generateKeyPair();

/** A log of several sealed segments, signed, with their indices, and a plain copy of it. */
async function signedRoot(): Promise<{ root: string; plain: string; to: string }> {
  const folder = temporaryFolder();
  const [root, plain] = [join(folder, "root"), join(folder, "plain")];
  const log = await openRawLog(root, { segmentBytes: 4096, signer: signerOf((await keys).privateKey) });
  for (let number = 0; number < 60; number += 1) await log.append([note(number, "grün ".repeat(20)), note(number)], durably);
  await log.seal();
  await log.close();
  expect(readdirSync(join(root, "index")).length).toBeGreaterThan(3);
  cpSync(root, plain, { recursive: true });
  return { root, plain, to: join(folder, "copy") };
}

const logOf = (root: string): Record<string, string> => Object.fromEntries(Object.entries(contentOf(join(root, "log"))).filter(([name]) => name !== "lock"));

async function verify(root: string, options: VerifyOptions): Promise<Verification> {
  await using book = await openDaybook(root, { readOnly: true });
  return await book.verify(options);
}

async function proven(root: string): Promise<VerifyOptions> {
  const { privateKey, publicKey } = await keys;
  await using book = await openDaybook(root, { readOnly: true });
  return { full: true, key: publicKey, since: await book.proof({ signingKey: privateKey }) };
}

/** The head as it was when so many segments were sealed. */
async function earlyHead(root: string, count: number): Promise<SavedHead> {
  const copy = join(temporaryFolder(), "early");
  cpSync(root, copy, { recursive: true });
  for (const name of segmentFiles(copy).slice(count + 1)) rmSync(join(copy, "log", name));
  const lines = readFileSync(join(copy, "log/manifest.ndjson"), "utf8").split("\n").slice(0, count);
  writeFileSync(join(copy, "log/manifest.ndjson"), lines.map((line) => `${line}\n`).join(""));
  await using book = await openDaybook(copy, { readOnly: true });
  return await book.proof();
}

describe.each(compressions)("a log compressed with %s", (how) => {
  it("is backed up and repaired to the plain log, signatures, heads and all", async () => {
    const { root, plain, to } = await signedRoot();
    const options = await proven(plain);
    await compressRoot(root, how);
    await backupLog(root, to);
    const repaired = `${to}.repaired`;
    const { lost, rewritten, notes } = await repairLog(root, repaired);
    expect([lost, rewritten, notes]).toEqual([[], [], []]);
    for (const copy of [to, repaired]) {
      expect(logOf(copy)).toEqual(logOf(plain));
      expect(existsSync(join(copy, "index"))).toBe(false);
      expect(await verify(copy, options)).toMatchObject({ ok: true, notes: [] });
    }
  });

  it("is backed up on top of a plain backup, and of a compressed one", async () => {
    const { root, to } = await signedRoot();
    await backupLog(root, to);
    await compressRoot(root, how);
    expect(await backupLog(root, to)).toMatchObject({ copied: 0, bytes: 0 });
    await compressRoot(to, how);
    const forms = segmentForms(to);
    expect(forms.some((name) => !name.endsWith(".ndjson"))).toBe(true);
    expect(await backupLog(root, to)).toMatchObject({ copied: 0, bytes: 0 });
    await writeSmallLog(root, 20, 4096);
    const { copied } = await backupLog(root, to);
    // What is compressed there stays so. Only the one that was the last, where it has grown, and those behind it are new.
    expect(segmentForms(to).slice(0, forms.length)).toEqual(forms);
    expect(copied).toBeLessThanOrEqual(segmentForms(to).length - forms.length + 1);
    await using book = await openDaybook(root, { readOnly: true });
    expect((await verify(to, { full: true, since: await book.proof() })).faults).toEqual([]);
  });

  it("that is damaged in one segment loses that one alone, and no damage gets into a backup", async () => {
    const { root, to } = await signedRoot();
    const sealed = manifestOf(root);
    const harmed = sealed[2] as (typeof sealed)[number];
    await compressRoot(root, how);
    const file = join(root, "log", nameOf(harmed.first) + (how.startsWith("gzip") ? ".gz" : ".br"));
    const bytes = readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(Math.floor(bytes.length / 2)) ^ 0x10, Math.floor(bytes.length / 2));
    writeFileSync(file, bytes);
    await expect(backupLog(root, to)).rejects.toMatchObject({ code: "LOG_CORRUPT" });
    expect(existsSync(join(to, "daybook.json"))).toBe(false);
    const next = (sealed[3] as (typeof sealed)[number]).first;
    const { lost } = await repairLog(root, `${to}.repaired`);
    // Brotli has no check of its own: some of it may come out as it was.
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.filter(({ from, to: last = Infinity, segment }) => from < harmed.first || last >= next || segment !== nameOf(harmed.first))).toEqual([]);
    expect((await verify(`${to}.repaired`, { full: true })).faults).toEqual([]);
  });
});

describe("a repair of a signed log", () => {
  it("leaves what was not sealed yet to a writer who has the key", async () => {
    const { privateKey, publicKey } = await keys;
    const { root, to } = await signedRoot();
    const waiting = segmentFiles(root).length;
    const log = await openRawLog(root, { segmentBytes: 4096, signer: signerOf(privateKey) });
    // As if the process had been killed before it sealed: what is closed now has no line.
    for (let number = 0; segmentFiles(root).length <= waiting; number += 1) await log.append([note(number, "grün ".repeat(20))], durably);
    await log.close();
    const lines = manifestOf(root).length;
    const { lost, rewritten } = await repairLog(root, to);
    expect([lost, rewritten]).toEqual([[], []]);
    expect((await verify(root, { key: publicKey })).faults).toEqual([]);
    expect((await verify(to, { key: publicKey })).faults).toEqual([]);
    expect(manifestOf(to)).toHaveLength(lines);
    await (await openDaybook(to, { signingKey: privateKey })).close();
  });

  it("says where its signatures end now, and heads from before that still hold", async () => {
    const { publicKey } = await keys;
    const { root, to } = await signedRoot();
    const sealed = manifestOf(root);
    const early = await earlyHead(root, 2);
    const file = join(root, "log", segmentFiles(root)[3] as string);
    const bytes = readFileSync(file);
    bytes[Math.floor(bytes.length / 2)] = 0x21;
    writeFileSync(file, bytes);
    const { notes, rewritten } = await repairLog(root, to);
    expect(rewritten).toHaveLength(1);
    const [kept, all] = [sealed[2], sealed.at(-1)].map((line) => line?.last);
    expect(notes).toEqual([`signatures covered everything up to seq ${all}; in the new log they end with seq ${kept}. The lines behind are new, and a repair signs nothing`]);
    const { faults, signed } = await verify(to, { key: publicKey });
    expect([faults.map(({ kind }) => kind), signed?.to]).toEqual([["signature"], kept]);
    expect((await verify(to, { since: early })).faults).toEqual([]);
  });
});
