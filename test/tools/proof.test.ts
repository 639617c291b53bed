import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { openDaybook } from "../../src/index.js";
import type { SavedHead, Verification } from "../../src/index.js";
import { signerOf } from "../../src/log/proof/keys.js";
import { sealAll } from "../support/raw-log.js";
import { daybook, jsonLines, shell, temporaryFolder } from "./support.js";

const mode = (file: string): number => fs.statSync(file).mode & 0o777;

/** Appends to `results` until so many segments are closed, and seals them. */
async function append(cwd: string, closed: number, signingKey?: string): Promise<void> {
  const root = path.join(cwd, "results");
  const book = await openDaybook(root, { segmentBytes: 4096, ...(signingKey === undefined ? {} : { signingKey }) });
  for (let index = 0; index < closed * 8; index += 1) await book.log.append({ stream: "note/1", type: "note.taken", data: { text: "x".repeat(500) } });
  await book.close();
  await sealAll(root, { signer: signingKey === undefined ? undefined : signerOf(signingKey) });
}

describe.concurrent("daybook keys", () => {
  it("makes a pair that only its owner can read, shows it, and never replaces it", async () => {
    const cwd = temporaryFolder();
    const made = await daybook(cwd, ["keys", "new", "lab.pem", "--json"]);
    const [key] = jsonLines<{ id: string; privateKey: string; publicKey: string }>(made.stdout);
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(key).toEqual({ id: expect.stringMatching(/^ed25519:[0-9a-f]{16}$/) as string, privateKey: path.join(cwd, "lab.pem"), publicKey: path.join(cwd, "lab.pem.pub") });
    expect([mode(path.join(cwd, "lab.pem")), mode(path.join(cwd, "lab.pem.pub"))]).toEqual([0o600, 0o644]);
    const [shown, half] = await Promise.all([daybook(cwd, ["keys", "show", "lab.pem"]), daybook(cwd, ["keys", "show", "lab.pem.pub"])]);
    expect(shown.stdout.startsWith(`${key?.id}  private: `)).toBe(true);
    // The secret half never leaves its file.
    expect(shown.stdout.slice(shown.stdout.indexOf("-----"))).toBe(fs.readFileSync(path.join(cwd, "lab.pem.pub"), "utf8"));
    expect([half.stdout.startsWith(`${key?.id}  public: `), shown.stderr, half.stderr]).toEqual([true, "", ""]);
    const before = fs.readFileSync(path.join(cwd, "lab.pem"));
    expect(await daybook(cwd, ["keys", "new", "lab.pem"])).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/is there already.*\(EEXIST\)\n$/) as string });
    fs.rmSync(path.join(cwd, "lab.pem.pub"));
    fs.writeFileSync(path.join(cwd, "other.pem.pub"), "");
    expect((await daybook(cwd, ["keys", "new", "other.pem"])).code).toBe(1);
    expect([fs.readFileSync(path.join(cwd, "lab.pem")).equals(before), fs.existsSync(path.join(cwd, "other.pem"))]).toEqual([true, false]);
    fs.chmodSync(path.join(cwd, "lab.pem"), 0o644);
    expect((await daybook(cwd, ["keys", "show", "lab.pem"])).stderr).toMatch(/can be read by others/);
  });

  it("refuses a place inside of a daybook, by whichever way it is named, and one that is not there", async () => {
    const cwd = temporaryFolder();
    await append(cwd, 0);
    fs.mkdirSync(path.join(cwd, "results/runs/train"), { recursive: true });
    fs.symlinkSync(path.join(cwd, "results/runs"), path.join(cwd, "elsewhere"));
    for (const file of ["results/key", "results/runs/train/key", "elsewhere/key"]) expect(await daybook(cwd, ["keys", "new", file])).toMatchObject({ code: 1, stderr: expect.stringMatching(/\(KEY_IN_ROOT\)/) as string });
    expect(await daybook(cwd, ["--root", cwd, "keys", "new", "results/key"])).toMatchObject({ code: 1 });
    expect((await daybook(cwd, ["keys", "new", "missing/key"])).stderr).toMatch(/the folder of .*missing\/key cannot be used/);
    expect(fs.readdirSync(path.join(cwd, "results")).filter((name) => name.startsWith("key"))).toEqual([]);
  });
});

describe.concurrent("a key that cannot be written", () => {
  it("leaves nothing in the way of the next try", async () => {
    const cwd = temporaryFolder();
    expect(await shell(cwd, "ulimit -f 0; $DAYBOOK keys new lab.pem")).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/the key could not be written: .*\(WRITE_FAILED\)\n$/) as string });
    expect(fs.readdirSync(cwd)).toEqual([]);
    expect((await daybook(cwd, ["keys", "new", "lab.pem"])).code).toBe(0);
  });
});

describe.concurrent("daybook head and verify", () => {
  it("prove what was saved and signed, and find what was changed", async () => {
    const cwd = temporaryFolder();
    expect((await daybook(cwd, ["keys", "new", "lab.pem"])).code).toBe(0);
    await append(cwd, 3, path.join(cwd, "lab.pem"));
    const saved = await shell(cwd, "$DAYBOOK head > head.json && DAYBOOK_SIGNING_KEY=lab.pem $DAYBOOK head > signed.json");
    expect(saved).toMatchObject({ code: 0, stdout: "", stderr: "" });
    const [head, signed] = ["head.json", "signed.json"].map((file) => JSON.parse(fs.readFileSync(path.join(cwd, file), "utf8")) as SavedHead) as [SavedHead, SavedHead];
    expect({ ...signed, sig: undefined }).toEqual({ ...head, sig: undefined });
    expect([head.sig, signed.sig]).toEqual([undefined, expect.stringMatching(/^ed25519:/)]);
    await append(cwd, 2, path.join(cwd, "lab.pem"));

    const all = await daybook(cwd, ["verify", "--full", "--key", "lab.pem.pub", "--since", "signed.json"]);
    expect(all.code).toBe(0);
    expect(all.stdout.split("\n").slice(0, 3)).toEqual([
      expect.stringMatching(/^ok: \d+ events in \d segments/),
      expect.stringMatching(/^signed: ed25519:[0-9a-f]{16} vouches for everything up to seq \d+$/),
      expect.stringMatching(new RegExp(`^since: everything up to seq ${head.seq} \\(.*\\) is there, unchanged$`)),
    ]);
    const [found] = jsonLines<Verification>((await daybook(cwd, ["--json", "verify", "--since", "head.json"])).stdout);
    expect(found).toMatchObject({ ok: true, since: { seq: head.seq, time: head.time } });
    expect(await daybook(cwd, ["verify", "--since", "head.json", "--key", "lab.pem.pub"])).toMatchObject({ code: 1, stdout: expect.stringMatching(/\nhead .*is not signed/) as string });

    const segment = path.join(cwd, "results/log", head.segment);
    fs.writeFileSync(segment, fs.readFileSync(segment, "utf8").replace("xxxx", "xyxx"));
    expect(await daybook(cwd, ["verify", "--since", "head.json"])).toMatchObject({ code: 1, stdout: expect.stringMatching(/\nhead .*are not as they were when the head was saved/) as string });
    expect(await daybook(cwd, ["verify", "--key", "lab.pem.pub"])).toMatchObject({ code: 1, stdout: expect.stringMatching(/\nseal /) as string });
  });

  it("sign what a wrapped command leaves behind, where DAYBOOK_SIGNING_KEY names a key, and refuse to go on without the key", async () => {
    const cwd = temporaryFolder();
    await daybook(cwd, ["keys", "new", "lab.pem"]);
    // Closed segments without lines: the next that writes seals them.
    await append(cwd, 3);
    fs.rmSync(path.join(cwd, "results/log/manifest.ndjson"));
    const refused = await daybook(cwd, ["run", "job", "--", "true"], { env: { DAYBOOK_SIGNING_KEY: "lost.pem" } });
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/DAYBOOK_SIGNING_KEY: lost\.pem: there is no such key \(KEY_UNREADABLE\)/) as string });
    expect((await daybook(cwd, ["run", "job", "--", "true"], { env: { DAYBOOK_SIGNING_KEY: "lab.pem" } })).code).toBe(0);
    expect(await daybook(cwd, ["verify", "--key", "lab.pem.pub"])).toMatchObject({ code: 0 });
    expect((await daybook(cwd, ["verify", "--key", "lab.pem"], { env: { DAYBOOK_SIGNING_KEY: "" } })).code).toBe(0);
  });

  it("say what cannot be read", async () => {
    const cwd = temporaryFolder();
    await append(cwd, 0);
    fs.writeFileSync(path.join(cwd, "junk"), "junk");
    for (const [args, code] of [
      [["verify", "--key", "junk"], "KEY_UNREADABLE"],
      [["verify", "--since", "junk"], "HEAD_UNREADABLE"],
      [["verify", "--since", "missing"], "HEAD_UNREADABLE"],
      [["head", "--key", "missing"], "KEY_UNREADABLE"],
      [["keys", "show", "junk"], "KEY_UNREADABLE"],
    ] as const) {
      expect(await daybook(cwd, args)).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(new RegExp(`^daybook: .*\\(${code}\\)\n$`)) as string });
    }
  });
});
