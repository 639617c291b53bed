import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { segmentName, xxh3 } from "./independent-files.js";

const ROOT_ID = "3f0c2a9e-5b7d-4c18-9e64-0a1b2c3d4e5f";

/** A line of a crafted commit, without `sync` and `hash`: the text is taken as it is. */
export const eventLine = (seq: number, more = ""): string =>
  `{"seq":${seq},"time":"2026-11-21T23:04:05.123Z","stream":"note/${seq}","type":"note.taken","v":1,"data":{"text":"grün"},"by":"w"${more}}`;

export interface CraftedSegment {
  readonly first: number;
  /** Keys of the header behind `on`. */
  readonly header?: object;
  /** What it says to continue on, where not on the segment before. */
  readonly on?: string;
  readonly commits: readonly { readonly lines: readonly string[]; readonly sync: number }[];
  readonly rest?: Buffer;
}

/** Writes a log with right hashes, whatever its lines are (docs/format.md, sections 3 to 8): the work of a faulty writer. */
export function craftLog(root: string, segments: readonly CraftedSegment[]): void {
  mkdirSync(join(root, "log"), { recursive: true });
  writeFileSync(join(root, "daybook.json"), `{"daybook":1,"root":"${ROOT_ID}","created":"2026-11-21T23:04:05.000Z"}\n`);
  let on = xxh3(Buffer.from(ROOT_ID));
  for (const segment of segments) {
    const header = { daybook: 1, root: ROOT_ID, first: segment.first, on: segment.on ?? on, ...segment.header };
    let content = Buffer.from(`${JSON.stringify(header)}\n`);
    let from = 0;
    for (const { lines, sync } of segment.commits) {
      const range = Buffer.concat([content, Buffer.from(`${lines.join("\n").slice(0, -1)},"sync":${sync}`)]);
      on = xxh3(range.subarray(from));
      content = Buffer.concat([range, Buffer.from(`,"hash":"${on}"}\n`)]);
      from = content.length - 19;
    }
    writeFileSync(join(root, "log", segmentName(segment.first)), Buffer.concat([content, segment.rest ?? Buffer.alloc(0)]));
  }
}
