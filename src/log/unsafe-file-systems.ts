import { existsSync, readFileSync, realpathSync, statfsSync } from "node:fs";
import * as path from "node:path";
import { FileSystemUnsafeError } from "../base/errors.js";

/** Numbers that statfs(2) gives for file systems shared between machines. */
const networkTypes: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xfe534d42, "SMB2"],
  [0xff534d42, "CIFS"],
  [0x01021997, "9p"],
  [0x5346414f, "AFS"],
  [0x00c36400, "Ceph"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
  [0x7461636f, "OCFS2"],
  [0x01161970, "GFS2"],
]);

const fuse = 0x65735546;
const networkFuse = /^fuse\.(sshfs|s3fs|goofys|gcsfuse|rclone|glusterfs|cephfs|juicefs|mountpoint-s3|nfs)/;

/** @throws FileSystemUnsafeError for a folder on a network file system. What cannot be told is taken for local. */
export function refuseNetworkFileSystem(root: string): void {
  if (process.platform !== "linux") return;
  // What will hold the folder: it may have to be made yet, and a link may lead elsewhere.
  let existing = path.resolve(root);
  while (!existsSync(existing) && path.dirname(existing) !== existing) existing = path.dirname(existing);
  const folder = realpathSync(existing);
  const type = statfsSync(folder).type >>> 0;
  const name = networkTypes.get(type) ?? (type === fuse ? networkFuseName(folder) : undefined);
  if (name !== undefined) throw new FileSystemUnsafeError(folder, name);
}

/** The mount with the longest path above the folder decides what kind of FUSE it is. */
function networkFuseName(folder: string): string | undefined {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => ({ point: line.split(" ")[4] ?? "", type: line.split(" - ")[1]?.split(" ")[0] ?? "" }))
    .filter(({ point }) => point !== "" && (folder === point || folder.startsWith(point.endsWith("/") ? point : `${point}/`)));
  const nearest = mounts.sort((a, b) => b.point.length - a.point.length)[0]?.type;
  return nearest !== undefined && networkFuse.test(nearest) ? nearest : undefined;
}
