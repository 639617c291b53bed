import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isDaybookError, openDaybook } from "../../../src/index.js";
import type { SavedHead, VerifyOptions } from "../../../src/index.js";
import { generateKeyPair, signerOf } from "../../../src/log/proof/keys.js";
import { openRawLog } from "../../support/raw-log.js";
import { commitEnds } from "../../support/commit-ends.js";
import { activeSegment, copyOf, segmentFiles } from "../../support/small-log.js";
import { appendNotes, attacks, segmentBytes } from "./attacks.js";

const page = readFileSync(new URL("../../../docs/audit.md", import.meta.url), "utf8");
const [keys, others] = [generateKeyPair(), generateKeyPair()];
const [signer, own] = [signerOf(keys.privateKey), signerOf(others.privateKey)];

const folder = mkdtempSync(join(tmpdir(), "daybook-attacks-"));
const [root, older] = [join(folder, "log"), join(folder, "older")];
let head: SavedHead;

beforeAll(async () => {
  await appendNotes(root, 0, 12, signer);
  cpSync(root, older, { recursive: true });
  await appendNotes(root, 12, 28, signer);
  await using book = await openDaybook(root, { readOnly: true });
  head = await book.proof({ signingKey: keys.privateKey });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** found: refused, or a fault. noted: no fault, but the outcome says that something is not usual. no: all is well. */
type Verdict = "found" | "noted" | "no";

async function verdictOf(attacked: string, options: VerifyOptions): Promise<Verdict> {
  try {
    await using book = await openDaybook(attacked, { readOnly: true });
    const { ok, notes } = await book.verify(options);
    // These two are there for a log that nobody has touched.
    const unusual = notes.filter((text) => !/not sealed yet|`--key` would check/.test(text));
    return !ok ? "found" : unusual.length > 0 ? "noted" : "no";
  } catch (error) {
    if (isDaybookError(error, "LOG_CORRUPT")) return "found";
    throw error;
  }
}

/** Opening for writing looks at the newest part of a log: here, at the last two segments. */
async function opening(attacked: string): Promise<Verdict> {
  try {
    await (await openRawLog(attacked, { verifyBytes: 1, segmentBytes })).close();
    return "no";
  } catch (error) {
    if (isDaybookError(error, "LOG_CORRUPT")) return "found";
    throw error;
  }
}

async function verdictsOn(attacked: string): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const options of [{}, { full: true }, { key: keys.publicKey }, { since: head }]) verdicts.push(await verdictOf(attacked, options));
  return [await opening(attacked), ...verdicts];
}

const rowsOfPage = page
  .slice(page.indexOf("<!-- attacks -->"), page.indexOf("<!-- end of attacks -->"))
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .slice(1)
  .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));

describe("what docs/audit.md says of each check", () => {
  it("covers the attacks that are tried here, and no others", () => {
    expect(rowsOfPage.map(([name]) => name)).toEqual(attacks.map(({ name }) => name));
    expect(segmentFiles(root).length).toBeGreaterThan(5);
    expect(commitEnds(readFileSync(activeSegment(root))).length).toBeGreaterThan(3);
  });

  it("finds nothing in a log that nobody has touched", async () => {
    expect(await verdictsOn(copyOf(root))).toEqual(["no", "no", "no", "no", "no"]);
  });

  it.each(attacks)("holds for: $name", async ({ name, act }) => {
    const attacked = copyOf(root);
    await act({ root: attacked, stolen: signer, own, older });
    expect([name, ...(await verdictsOn(attacked))]).toEqual(rowsOfPage.find((row) => row[0] === name) ?? [name]);
  });
});
