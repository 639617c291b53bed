import * as fs from "node:fs";
import * as path from "node:path";

/** How many segments a log has, and in which state. The active one, closed ones without a line in the manifest, and sealed ones are all of them. */
export interface SegmentCounts {
  readonly sealed: number;
  readonly closed: number;
  readonly active: number;
  /** Of the sealed ones. */
  readonly compressed: number;
}

/** Bytes on the disk. */
export interface RootBytes {
  /** The segments, as they lie there. */
  readonly log: number;
  /** The same segments, if none was compressed. */
  readonly logPlain: number;
  readonly index: number;
  readonly snapshots: number;
  readonly quarantine: number;
  /** Files of the ledgers, by folder; only those that are there. */
  readonly artifacts: Readonly<Record<string, number>>;
}

const artifactFolders = ["runs", "checkpoints", "warm-starts"];

/** Looks at names and sizes of the files of a root, and at its manifest; nothing else is read. */
export function measureRoot(root: string): { readonly segments: number; readonly segmentStates: SegmentCounts; readonly bytes: RootBytes } {
  const sealed = sealedSizes(path.join(root, "log", "manifest.ndjson"));
  // Both forms are there while a segment is compressed, and after a kill: the plain one counts.
  const forms = new Map<number, { readonly size: number; readonly compressed: boolean }>();
  let log = 0;
  for (const { name, size } of filesIn(path.join(root, "log"))) {
    const [, digits, suffix] = /^(\d{20})\.ndjson(\.gz|\.br)?$/.exec(name) ?? [];
    if (digits === undefined) continue;
    log += size;
    const first = Number(digits);
    if (suffix === undefined || forms.get(first) === undefined) forms.set(first, { size, compressed: suffix !== undefined });
  }
  let logPlain = 0;
  let compressed = 0;
  for (const [first, form] of forms) {
    logPlain += form.compressed ? (sealed.get(first) ?? form.size) : form.size;
    if (form.compressed) compressed += 1;
  }
  const known = [...forms.keys()].filter((first) => sealed.has(first)).length;
  const active = forms.size > 0 ? 1 : 0;
  const bytesOf = (folder: string): number => filesIn(path.join(root, folder)).reduce((sum, { size }) => sum + size, 0);
  return {
    segments: forms.size,
    segmentStates: { sealed: known, closed: Math.max(0, forms.size - known - active), active, compressed },
    bytes: {
      log,
      logPlain,
      index: bytesOf("index"),
      snapshots: bytesOf("snapshots"),
      quarantine: bytesOf("quarantine"),
      artifacts: Object.fromEntries(artifactFolders.filter((folder) => fs.existsSync(path.join(root, folder))).map((folder) => [folder, bytesOf(folder)])),
    },
  };
}

/** All files below a folder. One that goes while it is looked at has no size. */
function filesIn(folder: string): { readonly name: string; readonly size: number }[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => ({ name: entry.name, size: fs.lstatSync(path.join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0 }));
}

/** Sizes of the sealed segments by first seq. What is wrong with a manifest is the matter of `verify`. */
function sealedSizes(manifest: string): Map<number, number> {
  const sizes = new Map<number, number>();
  for (const line of fs.existsSync(manifest) ? fs.readFileSync(manifest, "utf8").split("\n") : []) {
    try {
      const { first, bytes } = JSON.parse(line) as { readonly first: number; readonly bytes: number };
      sizes.set(first, bytes);
    } catch {
      // The end of the file, or a line that is none.
    }
  }
  return sizes;
}
