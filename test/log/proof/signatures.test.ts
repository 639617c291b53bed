import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, verify as verifyBytes } from "node:crypto";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { describeKey, generateKeyPair, openDaybook } from "../../../src/index.js";
import type { DaybookOptions, KeyInput, Verification, VerifyOptions } from "../../../src/index.js";
import { openMemoryDaybook } from "../../../src/testing.js";
import { signerOf } from "../../../src/log/proof/keys.js";
import { sealAll } from "../../support/raw-log.js";
import { manifestLines, writeManifest } from "../../support/rewrite-log.js";
import { segmentFiles } from "../../support/small-log.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

/** Appends until so many segments are sealed. */
async function sealMore(root: string, count: number, options: DaybookOptions = {}): Promise<void> {
  const target = segmentFiles(root).length + count;
  const book = await openDaybook(root, { segmentBytes: 4096, participantId: "w", ...options });
  while (segmentFiles(root).length < target) await book.log.append({ stream: "note/1", type: "note.taken", data: { text: "x".repeat(500) } });
  await book.close();
  await sealAll(root, { signer: options.signingKey === undefined ? undefined : signerOf(options.signingKey) });
}

async function newRoot(sealed: number, options: DaybookOptions = {}): Promise<string> {
  const root = join(temporaryFolder(), "log");
  await (await openDaybook(root, { segmentBytes: 4096 })).close();
  await sealMore(root, sealed, options);
  return root;
}

async function verify(root: string, options: VerifyOptions): Promise<Verification> {
  await using book = await openDaybook(root, { readOnly: true });
  return await book.verify(options);
}

const messages = ({ faults }: Verification): string[] => faults.map(({ kind, message }) => `${kind}: ${message}`);

describe("a signature at seal", () => {
  it("is over the line without it, as docs/format.md says, and can be checked without this library", async () => {
    const { id, privateKey, publicKey } = await generateKeyPair();
    const root = await newRoot(2, { signingKey: privateKey });
    const spki = createPublicKey(publicKey).export({ format: "der", type: "spki" });
    expect(id).toBe(`ed25519:${createHash("sha256").update(spki).digest("hex").slice(0, 16)}`);
    const lines = manifestLines(root);
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      const at = line.lastIndexOf(',"sig":"');
      const [algorithm, key, base64] = line.slice(at + 8, -2).split(":") as [string, string, string];
      expect(`${algorithm}:${key}`).toBe(id);
      expect(verifyBytes(null, Buffer.from(`${line.slice(0, at)}}`), createPublicKey(publicKey), Buffer.from(base64, "base64"))).toBe(true);
    }
    expect(JSON.parse(lines[1] as string)).toMatchObject({ prev: createHash("sha256").update(lines[0] as string).digest("hex") });
  });

  it("covers everything before it, and is asked for over everything that is closed", async () => {
    const { id, privateKey, publicKey } = await generateKeyPair();
    const root = await newRoot(2);
    expect(messages(await verify(root, { key: publicKey }))).toEqual([`signature: no signature of ${id} covers anything of this log`]);
    await sealMore(root, 1, { signingKey: privateKey });
    const [, second, third] = manifestLines(root).map((line) => JSON.parse(line) as { first: number; last: number });
    const covered = await verify(root, { key: publicKey });
    expect(covered).toMatchObject({ ok: true, signed: { key: id, to: third?.last } });
    // Said, not hidden: whoever signed did not see them being sealed.
    expect(covered.notes[0]).toMatch(new RegExp(`^seq 1 to ${second?.last} were sealed without ${id}`));
    expect(covered.notes[1]).toMatch(/are not sealed yet/);
    await sealMore(root, 1);
    const bare = await verify(root, { key: publicKey });
    expect(messages(bare)).toEqual([expect.stringMatching(new RegExp(`^signature: seq ${(third?.last ?? 0) + 1} to \\d+ are sealed, and no signature of ${id} covers them$`))]);
    await sealMore(root, 1, { signingKey: privateKey });
    expect(await verify(root, { key: publicKey })).toMatchObject({ ok: true });
    expect(await verify(root, {})).toMatchObject({ ok: true, notes: [] });
  });

  it("of another key counts for nothing, and is named", async () => {
    const [one, other] = [await generateKeyPair(), await generateKeyPair()];
    const root = await newRoot(2, { signingKey: one.privateKey });
    const found = await verify(root, { key: other.publicKey });
    expect(messages(found)).toEqual([`signature: no signature of ${other.id} covers anything of this log`]);
    expect(found.notes).toEqual([expect.stringContaining(`signed by ${one.id}`)]);
  });

  it("has to be the last key of its line: what a parser would take from behind it is not what was signed", async () => {
    const { privateKey, publicKey } = await generateKeyPair();
    const root = await newRoot(1, { signingKey: privateKey });
    const [line] = manifestLines(root) as [string];
    const forged = "0".repeat(64);
    // JSON.parse takes the second `sha256`; `sig` is good for the text before it.
    writeFileSync(join(root, "log/manifest.ndjson"), `${line.slice(0, -1)},"sha256":"${forged}"}\n`);
    expect(messages(await verify(root, { key: publicKey }))).toEqual(
      expect.arrayContaining([expect.stringMatching(/^signature: the signature on the line of seq 1 to \d+ does not fit the line$/), expect.stringMatching(/^seal: .*instead of 0{64}$/)]) as string[],
    );
  });

  it("is refused when it was taken from another line, or any of its 64 bytes is another", async () => {
    const { privateKey, publicKey } = await generateKeyPair();
    const root = await newRoot(3, { signingKey: privateKey });
    const signatures = manifestLines(root).map((line) => (JSON.parse(line) as { sig: string }).sig);
    const signature = (index: number): string => signatures[index] as string;
    const forgeries: ((index: number) => string)[] = [
      (index) => signature((index + 1) % 3),
      (index) => signature(index).replace(/.(?=..==$)/, (one) => (one === "A" ? "B" : "A")),
      // The bits that base64 has to spare: the same 64 bytes in another text.
      (index) => signature(index).replace(/[AQgw]==$/, (end) => `${{ A: "B", Q: "R", g: "h", w: "x" }[end.slice(0, 1)] ?? ""}==`),
      (index) => signature(index).slice(0, 25),
      () => "",
    ];
    for (const forge of forgeries) {
      writeManifest(root, (line, index) => ({ ...line, sig: index === 0 ? forge(0) : signature(index) }));
      expect((await verify(root, { key: publicKey })).ok).toBe(false);
      writeManifest(root, (line, index) => ({ ...line, sig: forge(index) }));
      expect((await verify(root, { key: publicKey })).ok).toBe(false);
      expect((await verify(root, { full: true })).ok).toBe(true);
    }
  });

  it("vouches for what the segments hold, not only for what the manifest says: they are read", async () => {
    const { privateKey, publicKey } = await generateKeyPair();
    const root = await newRoot(3, { signingKey: privateKey });
    const path = join(root, "log", segmentFiles(root)[0] as string);
    writeFileSync(path, readFileSync(path, "utf8").replace("xxxx", "xxxy"));
    expect(await verify(root, {})).toMatchObject({ ok: true });
    expect(messages(await verify(root, { key: publicKey }))).toEqual([expect.stringMatching(/^seal: a sealed segment has SHA-256/)]);
  });

  it("is missing where closed segments were never sealed: all but the newest are at fault", async () => {
    const { privateKey, publicKey } = await generateKeyPair();
    const root = await newRoot(4, { signingKey: privateKey });
    const path = join(root, "log/manifest.ndjson");
    const lines = manifestLines(root);
    writeFileSync(path, `${lines.slice(0, 3).join("\n")}\n`);
    expect(await verify(root, { key: publicKey })).toMatchObject({ ok: true });
    writeFileSync(path, `${lines.slice(0, 2).join("\n")}\n`);
    expect(messages(await verify(root, { key: publicKey }))).toEqual([expect.stringMatching(/^signature: a closed segment from seq \d+ on has no line in the manifest/)]);
    // As the message says.
    await sealMore(root, 1, { signingKey: privateKey });
    expect(await verify(root, { key: publicKey })).toMatchObject({ ok: true });
  });
});

describe("a key", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const locked = privateKey.export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: "secret" }).toString();
  const text = privateKey.export({ format: "pem", type: "pkcs8" }).toString();

  it("is a path, PEM text or a key object, and the private half will do for checking", async () => {
    const file = join(temporaryFolder(), "key.pem");
    writeFileSync(file, text);
    const root = await newRoot(1, { signingKey: file });
    for (const key of [file, text, privateKey, publicKey, createPrivateKey({ key: locked, passphrase: "secret" })] as KeyInput[]) {
      expect(await verify(root, { key })).toMatchObject({ ok: true });
      expect((await describeKey(key)).publicKey).toBe(publicKey.export({ format: "pem", type: "spki" }).toString());
    }
  });

  it.each([
    ["a file that is not there", "/nowhere/key.pem", /there is no such key/],
    ["a folder", "/", /cannot be read/],
    ["other text", "-----BEGIN CERTIFICATE-----", /no key in PEM form/],
    ["a broken key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", /cannot be read/],
    ["a protected one", locked, /passphrase/],
    ["one of RSA", rsa, /rsa, not of Ed25519/],
    ["a public one, to sign with", publicKey, /public half/],
  ])("that cannot be used, %s, is told of before anything is made", async (_what, signingKey, message) => {
    const root = join(temporaryFolder(), "log");
    await expect(openDaybook(root, { signingKey })).rejects.toMatchObject({ code: "KEY_UNREADABLE", message: expect.stringMatching(message) as string });
    await expect(openDaybook(root, { readOnly: true })).rejects.toMatchObject({ code: "LOG_NOT_FOUND" });
  });

  it("of another kind of value is refused by name", async () => {
    const root = await newRoot(0);
    for (const signingKey of [5, "", {}, null, generateKeyPairSync]) await expect(openDaybook(root, { signingKey } as unknown as DaybookOptions)).rejects.toMatchObject({ code: "INVALID_OPTION", field: "signingKey" });
    await using book = await openDaybook(root);
    await expect(book.verify({ key: 5 } as unknown as VerifyOptions)).rejects.toMatchObject({ code: "INVALID_OPTION", field: "key" });
    await expect(book.verify({ key: rsa })).rejects.toMatchObject({ code: "KEY_UNREADABLE" });
    await expect(book.proof({ signingKey: publicKey })).rejects.toMatchObject({ code: "KEY_UNREADABLE" });
  });

  it("is one for all handles of a root in a process", async () => {
    const root = await newRoot(0);
    await using book = await openDaybook(root, { signingKey: privateKey });
    await using same = await openDaybook(root, { signingKey: text });
    await using none = await openDaybook(root);
    expect([book, same, none].map(({ root: folder }) => folder)).toEqual([root, root, root]);
    await expect(openDaybook(root, { signingKey: (await generateKeyPair()).privateKey })).rejects.toMatchObject({ code: "INVALID_OPTION", field: "signingKey" });
    await expect(openDaybook(root, { signingKey: "/nowhere" })).rejects.toMatchObject({ code: "KEY_UNREADABLE" });
  });
});

it("a log in memory, and a past, have nothing to prove", async () => {
  await using memory = await openMemoryDaybook();
  await expect(memory.proof()).rejects.toMatchObject({ code: "PROOF_UNAVAILABLE" });
  await expect(memory.verify({ key: "x" })).rejects.toMatchObject({ code: "PROOF_UNAVAILABLE" });
  await using book = await openDaybook(await newRoot(0));
  await using past = await book.at(0);
  await expect(past.proof()).rejects.toMatchObject({ code: "PROOF_UNAVAILABLE" });
});

it("a line of the manifest that was torn is not looked at", async () => {
  const { privateKey, publicKey } = await generateKeyPair();
  const root = await newRoot(2, { signingKey: privateKey });
  appendFileSync(join(root, "log/manifest.ndjson"), '{"root":"');
  expect(await verify(root, { key: publicKey })).toMatchObject({ ok: true });
});
