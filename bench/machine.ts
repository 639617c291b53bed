import { statfsSync } from "node:fs";
import * as os from "node:os";

/** What the figures depend on; no names. */
export interface Machine {
  readonly cpus: string;
  readonly memory: string;
  readonly kernel: string;
  readonly fileSystem: string;
  readonly node: string;
}

/** Magic numbers of statfs(2). */
const fileSystems: Readonly<Record<number, string>> = {
  0xef53: "ext2/3/4",
  0x58465342: "XFS",
  0x9123683e: "Btrfs",
  0x01021994: "tmpfs",
  0x2fc12fc1: "ZFS",
  0x794c7630: "overlayfs",
  0x6969: "NFS",
};

/** `folder`: where the benchmarks write. */
export function describeMachine(folder: string): Machine {
  const cpus = os.cpus();
  const { type } = statfsSync(folder);
  return {
    cpus: `${cpus.length} x ${cpus[0]?.model.trim() ?? "unknown"}`,
    memory: `${(os.totalmem() / 2 ** 30).toFixed(1)} GiB`,
    kernel: `${os.type()} ${os.release()}`,
    fileSystem: fileSystems[type] ?? `type 0x${type.toString(16)}`,
    node: process.version,
  };
}
