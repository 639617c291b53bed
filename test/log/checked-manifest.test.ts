import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkedPart, keepChecked } from "../../src/log/checked-manifest.js";
import { nodeFileSystem } from "../../src/log/file-system.js";
import { readManifest } from "../../src/log/manifest.js";
import { openDaybook } from "../../src/index.js";
import { durably, note, openRawLog } from "../support/raw-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";

/** A root with some sealed segments, and what was learnt of its manifest. */
async function sealedRoot(): Promise<string> {
  const root = temporaryFolder();
  const log = await openRawLog(root, { segmentBytes: 600 });
  for (let index = 0; index < 24; index += 1) await log.append([note(index)], durably);
  await log.seal();
  await log.close();
  return root;
}

const manifestOf = (root: string): string => join(root, "log", "manifest.ndjson");

async function damageOf(root: string): Promise<string | undefined> {
  const book = await openDaybook(root, { readOnly: true });
  const damage = book.damage?.message;
  await book.close();
  return damage;
}

describe("what was checked of the manifest", () => {
  it("is kept by the one who seals, and covers all of it", async () => {
    const root = await sealedRoot();
    expect(checkedPart(nodeFileSystem, root)?.bytes).toBe(readFileSync(manifestOf(root)).length);
  });

  it("is made anew by the next who seals once it is lost, and is not needed", async () => {
    const root = await sealedRoot();
    rmSync(join(root, "index"), { recursive: true });
    expect(await damageOf(root)).toBeUndefined();
    const log = await openRawLog(root, { segmentBytes: 600 });
    expect(existsSync(join(root, "index"))).toBe(false);
    for (let index = 0; index < 12; index += 1) await log.append([note(index)], durably);
    await log.seal();
    await log.close();
    expect(checkedPart(nodeFileSystem, root)?.bytes).toBe(readFileSync(manifestOf(root)).length);
  });

  it("saves the digests of what is as it was, and nothing else", async () => {
    const root = await sealedRoot();
    const description = readFileSync(join(root, "daybook.json"));
    const { root: id } = JSON.parse(description.toString()) as { root: string };
    const checked = checkedPart(nodeFileSystem, root);
    const { entries, chain } = readManifest(nodeFileSystem, manifestOf(root), id, description);
    expect(entries.length).toBeGreaterThan(2);
    const quick = readManifest(nodeFileSystem, manifestOf(root), id, description, checked);
    expect(quick.entries).toEqual(entries);
    expect(quick.chain).toBe(chain);
    // A line of the chain is exchanged for one of the same form: only the digests tell.
    const lines = readFileSync(manifestOf(root), "utf8").split("\n");
    lines[1] = lines[1]?.replace(/"sha256":"./, (text) => (text.endsWith("0") ? '"sha256":"1' : '"sha256":"0')) as string;
    writeFileSync(manifestOf(root), lines.join("\n"));
    expect(() => readManifest(nodeFileSystem, manifestOf(root), id, description, checked)).toThrowError(/does not continue the chain/);
    expect(await damageOf(root)).toContain("does not continue the chain");
  });

  it("does not hide what is wrong behind it", async () => {
    const root = await sealedRoot();
    const text = readFileSync(manifestOf(root), "utf8");
    const half = text.slice(0, text.indexOf("\n", text.length / 2) + 1);
    writeFileSync(manifestOf(root), half);
    const description = readFileSync(join(root, "daybook.json"));
    const { root: id } = JSON.parse(description.toString()) as { root: string };
    keepChecked(nodeFileSystem, root, description, readManifest(nodeFileSystem, manifestOf(root), id, description));
    expect(checkedPart(nodeFileSystem, root)?.bytes).toBe(half.length);
    writeFileSync(manifestOf(root), text.replace(/"prev":"(.)(?=[^"]*"\}\n$)/, (_whole, digit: string) => `"prev":"${digit === "0" ? "1" : "0"}`));
    expect(await damageOf(root)).toContain("does not continue the chain");
  });

  it.each(["", "null", "{}", '{"checked":1,"bytes":-1,"xxh3":""}', '{"checked":1,"bytes":1e300,"xxh3":"0123456789abcdef"}', '{"checked":1,"bytes":5,"xxh3":"0123456789abcdef"}', "\0".repeat(5000)])(
    "is nothing where the file says %j",
    async (text) => {
      const root = await sealedRoot();
      writeFileSync(join(root, "index", "manifest.json"), text);
      expect(await damageOf(root)).toBeUndefined();
      const book = await openDaybook(root);
      expect((await book.verify({ full: true })).ok).toBe(true);
      await book.close();
    },
  );
});
