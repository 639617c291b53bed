import type { Recording } from "./record.js";
import { rootPath } from "./record.js";
import type { Recorded } from "./recording.js";

/** From `time` on, everything up to `seq` has to survive. */
export interface PromiseMade {
  readonly time: number;
  readonly seq: number;
  readonly why: string;
}

/**
 * All that was promised in a recording, in order: what callers were told, and what the files themselves say was durable: `sync` in a
 * closing line, the name of a segment, a line of the manifest, the name of a snapshot.
 */
export function promisesOf({ deeds, events, before }: Recording, eventsBefore: number): PromiseMade[] {
  const uids = uidSeqs(events);
  const segments = new Map<number, string>();
  const found: PromiseMade[] = before.files.size === 0 ? [] : [{ time: -1, seq: eventsBefore, why: "what was on the disk before" }];
  for (const deed of deeds) for (const [seq, why] of promisedBy(deed, uids, segments)) found.push({ time: deed.start, seq, why });
  return found.sort((a, b) => a.time - b.time);
}

function promisedBy(deed: Recorded, uids: ReadonlyMap<string, number>, paths: Map<number, string>): (readonly [number, string])[] {
  switch (deed.do) {
    case "promise":
      return [[deed.seq, deed.why]];
    case "promise-uid":
      return [[uids.get(deed.uid) ?? Infinity, `the allocation of uid ${deed.uid}`]];
    case "create":
    case "open":
      paths.set(deed.ino, deed.path);
      return [];
    case "rename": {
      paths.set(deed.ino, deed.to);
      const segment = /([0-9]{20})\.ndjson$/.exec(deed.to)?.[1];
      if (deed.to.includes("/snapshots/")) return [[Number(segment), `the snapshot ${deed.to}`]];
      return deed.to.startsWith(`${rootPath}/log/`) ? [[Number(segment) - 1, `the name ${deed.to}`]] : [];
    }
    case "write": {
      const path = paths.get(deed.ino) ?? "";
      if (!path.startsWith(`${rootPath}/log/`)) return [];
      const text = Buffer.from(deed.bytes, "base64").toString("latin1");
      const said = path.endsWith("manifest.ndjson") ? /"last":([0-9]+),"count"/g : /,"sync":([0-9]+),"hash":"/g;
      return [...text.matchAll(said)].map(([match, seq]) => [Number(seq), `${match} in ${path}`] as const);
    }
    case "truncate":
    case "sync":
    case "make-folder":
    case "link":
    case "unlink":
    case "sync-folder":
      return [];
  }
}

/** Where each uid was given out. */
function uidSeqs(events: readonly string[]): Map<string, number> {
  const seqs = new Map<string, number>();
  for (const [index, text] of events.entries()) {
    const event = JSON.parse(text) as { readonly type: string; readonly data: { readonly uid?: string } };
    if (event.type === "run.allocated" && event.data.uid !== undefined) seqs.set(event.data.uid, index + 1);
  }
  return seqs;
}
