/** A rewritten segment, with gaps in its seqs, is indexed, scanned and asked for times like any other: the log is that of the format's test vectors. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { openRawLog } from "../../support/raw-log.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

interface Vectors {
  readonly logs: readonly { readonly name: string; readonly files: Readonly<Record<string, string>> }[];
}

it("is found in by stream and by time, with an index and without", async () => {
  const page = readFileSync(new URL("../../../docs/format.md", import.meta.url), "utf8");
  const { logs } = JSON.parse(/```json vectors\n([\s\S]*?)\n```/.exec(page)?.[1] as string) as Vectors;
  const root = temporaryFolder();
  for (const [name, text] of Object.entries(logs.find(({ name: log }) => log === "rewritten")?.files ?? {})) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  const log = await openRawLog(root);
  await log.seal();
  expect(readdirSync(join(root, "index"))).toContain("00000000000000000001.index.ndjson");
  for (const indexed of [true, false]) {
    if (!indexed) rmSync(join(root, "index"), { recursive: true });
    const handle = indexed ? log : await openRawLog(root);
    for (const [from, wanted] of [[1, [1, 3, 4, 5]], [2, [3, 4, 5]], [3, [3, 4, 5]], [4, [4, 5]]] as const) {
      const seqs: number[] = [];
      for await (const { seq } of handle.find({ stream: "run/train", from, to: 5 })) seqs.push(seq);
      expect(seqs).toEqual(wanted);
    }
    const times = ["2026-11-21T23:04:05.122Z", "2026-11-21T23:04:05.123Z", "2026-11-21T23:04:06.300Z", "2026-11-21T23:04:07.000Z", "2026-11-21T23:04:09.000Z"];
    expect(await Promise.all(times.map((time) => handle.lastSeqAt(time)))).toEqual([0, 1, 3, 4, 5]);
    await handle.close();
  }
});
