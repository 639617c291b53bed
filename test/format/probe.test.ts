import { test } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.js";
import { writeSmallLog, copyOf, segmentFiles } from "../support/small-log.js";
import { readFileSync, writeFileSync, rmSync, cpSync, existsSync } from "node:fs";
import { independentVerdict, libraryVerdict } from "./probe-verdicts.js";
import { join } from "node:path";
import type { Verdict } from "./probe-verdicts.js";

const attempt = async (f: () => Promise<Verdict>) => { try { return JSON.stringify(await f()); } catch (e) { return "THROWS " + String(e); } };
let agreed = 0, differ = 0; const tally: Record<string, number> = {};
async function compare(root: string, what: string) {
  const mine = await attempt(async () => independentVerdict(root)); const theirs = await attempt(() => libraryVerdict(root));
  const n = (x: string) => /"next":\d+/.exec(x)?.[0]; if (mine === theirs || (mine.includes("damage") && theirs.includes("@0 seq") && n(mine) === n(theirs) && what.includes("op0"))) { agreed++; const v = /"verdict":"([a-z-]+)"/.exec(mine)?.[1] ?? "throws"; tally[v] = (tally[v] ?? 0) + 1; return; }
  differ++; if (differ < 60) console.log(`DIFFER ${what}\n  mine   ${mine}\n  theirs ${theirs}`);
}
test("flips", async () => {
  const f = temporaryFolder();
  await writeSmallLog(f, 27, 4096);
  console.log(segmentFiles(f), readFileSync(join(f, "log/manifest.ndjson"), "utf8"));
  for (const file of ["log/manifest.ndjson", ...segmentFiles(f).map((n) => `log/${n}`)]) {
    const w = readFileSync(join(f, file));
    for (let o = 0; o < w.length; o += file.includes("000") && o > 120 ? 11 : 1) {
      for (const bit of [o % 8, (o * 5 + 3) % 8]) {
      const x = Buffer.from(w); x[o]! ^= 1 << bit; writeFileSync(join(f, file), x); await compare(f, `${file} byte ${o} bit ${bit} ${JSON.stringify(w.toString("latin1", o - 3, o + 10))}`); }
    }
    writeFileSync(join(f, file), w);
  }
  console.log({ agreed, differ }, tally);
}, 600000);
test("random", async () => {
  agreed = 0; differ = 0; for (const k in tally) delete tally[k];
  const base = temporaryFolder();
  await writeSmallLog(base, 30, 4096);
  const f = copyOf(base); let seed = Number(process.env.SEED ?? 7);
  const rnd = (n: number) => { seed = (seed * 1103515245 + 12345) % 2147483648; return Math.floor((seed / 2147483648) * n); };
  for (let i = 0; i < 3000; i++) {
    rmSync(f, { recursive: true }); cpSync(base, f, { recursive: true });
    const what: string[] = [];
    for (let k = 1 + rnd(3); k > 0; k--) {
      const files = ["log/manifest.ndjson", ...segmentFiles(base).map((n) => `log/${n}`)].filter((x) => existsSync(join(f, x)));
      if (files.length === 0) continue;
      const file = files[rnd(files.length)]!; const p = join(f, file); const w = readFileSync(p);
      const a = rnd(w.length + 1), b = a + rnd(w.length + 1 - a);
      const lines = w.toString("latin1").split(/(?<=\n)/); const l = rnd(lines.length);
      const op = rnd(10); what.push(`${file} op${op} ${a} ${b} line${l}/${lines.length}`);
      if (op === 0) rmSync(p);
      if (op === 1) writeFileSync(p, w.subarray(0, a));
      if (op === 2) writeFileSync(p, Buffer.concat([w.subarray(0, a), Buffer.alloc(b - a), w.subarray(b)]));
      if (op === 3) writeFileSync(p, Buffer.concat([w, Buffer.alloc(rnd(50))]));
      if (op === 4) writeFileSync(p, Buffer.concat([w.subarray(0, a), w.subarray(b)]));
      if (op === 5) { lines.splice(l, 1); writeFileSync(p, Buffer.from(lines.join(""), "latin1")); }
      if (op === 6) { lines.splice(l, 0, lines[rnd(lines.length)]!); writeFileSync(p, Buffer.from(lines.join(""), "latin1")); }
      if (op === 7) { const m = rnd(lines.length); [lines[l], lines[m]] = [lines[m]!, lines[l]!]; writeFileSync(p, Buffer.from(lines.join(""), "latin1")); }
      if (op === 8) { writeFileSync(p, Buffer.from(lines.slice(0, l).join(""), "latin1")); }
      if (op === 9 && w.length > a) { w[a]! ^= 1 << rnd(8); writeFileSync(p, w); }
    }
    await compare(f, what.join("; "));
  }
  console.log({ agreed, differ }, tally);
}, 600000);
