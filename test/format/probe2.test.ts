import { test } from "vitest";
import { openDaybook } from "../../src/index.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { writeSmallLog, segmentFiles, copyOf } from "../support/small-log.js";
import { writeFileSync, rmSync, readFileSync } from "node:fs";
import { join } from "node:path";
test("probe", async () => {
  const base = temporaryFolder();
  await writeSmallLog(base, 30, 4096);
  const show = async (f: string, what: string) => {
    try {
    const b = await openDaybook(f, { readOnly: true });
    console.log(what, await b.log.head(), JSON.stringify(await b.verify({ full: true })));
    let n = 0;
    try { for await (const e of b.log.read()) n = e.seq; console.log("read ends at", n); } catch (e) { console.log("read ends at", n, JSON.stringify(e), String(e)); }
    await b.close();
    } catch (e) { console.log("open", JSON.stringify(e), String(e)); }
  };
  const s = segmentFiles(base).map((n) => `log/${n}`);
  let f = copyOf(base); rmSync(join(f, s[1]!)); await show(f, "middle missing");
  f = copyOf(base); rmSync(join(f, s[2]!)); await show(f, "last missing, sealed before");
  f = copyOf(base); rmSync(join(f, s[2]!)); const w = readFileSync(join(f, s[0]!)); w[1000]! ^= 1; writeFileSync(join(f, s[0]!), w); await show(f, "last missing, first flipped");
  f = copyOf(base); rmSync(join(f, s[0]!)); await show(f, "first missing");
  f = copyOf(base); rmSync(join(f, s[1]!)); rmSync(join(f, "log/manifest.ndjson")); await show(f, "middle missing, no manifest");
  f = copyOf(base); rmSync(join(f, "daybook.json")); await show(f, "no daybook.json");
  f = copyOf(base); for (const x of s) rmSync(join(f, x)); await show(f, "only manifest");
});
