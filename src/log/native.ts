import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { NativeAddonMissingError } from "../base/errors.js";
import { loadCopyOfFsExt } from "./fs-ext-in-threads.js";

/** What daybook uses of fs-ext. */
export interface FsExt {
  flockSync(fd: number, flags: "exnb" | "shnb" | "un"): void;
}

/** What daybook uses of xxhash-addon. It crashes the process on anything but a Buffer. */
export interface XxhashAddon {
  readonly XXHash3: { hash(bytes: Buffer): Buffer; new (seed: Buffer): { update(bytes: Buffer): void; digest(): Buffer } };
  readonly XXHash128: { hash(bytes: Buffer): Buffer };
}

function load(name: string): unknown {
  try {
    // Made when it is needed: most readers of a daybook never lock it.
    return createRequire(import.meta.url)(name);
  } catch (error) {
    throw new NativeAddonMissingError(name, error);
  }
}

let fsExt: FsExt | undefined;

/** Loaded once in each thread. @throws NativeAddonMissingError when it has no build here. */
export const loadFsExt = (): FsExt => (fsExt ??= ((inWorkerThread() ? loadCopyOfFsExt() : undefined) ?? load("fs-ext")) as FsExt);

const inWorkerThread = (): boolean => !process.getBuiltinModule("node:worker_threads").isMainThread;

/** @throws NativeAddonMissingError when it has no build here. */
export const loadXxhash = (): XxhashAddon => loadDirectly() ?? (load("xxhash-addon") as XxhashAddon);

/**
 * xxhash-addon is its build and nothing else; the search of `require` for that build takes as long as all the rest of opening a
 * daybook. So it is loaded from where npm puts it; undefined where anything looks unusual, for `require` to decide.
 */
function loadDirectly(): XxhashAddon | undefined {
  try {
    const file = usualBuild();
    if (file === undefined) return undefined;
    const module: { exports: Partial<XxhashAddon> } = { exports: {} };
    process.dlopen(module, file);
    return typeof module.exports.XXHash3?.hash === "function" ? (module.exports as XxhashAddon) : undefined;
  } catch {
    return undefined;
  }
}

/** The build that comes with the package, unless its loader would prefer another one. */
function usualBuild(): string | undefined {
  const { env, platform, arch } = process;
  if (["XXHASH_ADDON_PREBUILD", "LIBC", "npm_config_arch", "npm_config_platform"].some((variable) => env[variable] !== undefined)) return undefined;
  const folder = packageFolder("xxhash-addon");
  if (folder === undefined || existsSync(join(folder, "build"))) return undefined;
  if (platform === "linux" && existsSync("/etc/alpine-release")) return undefined;
  const file = join(folder, "prebuilds", `${platform}-${arch}`, platform === "linux" ? "addon.napi.glibc.node" : "addon.napi.node");
  return existsSync(file) ? file : undefined;
}

/** Where a package is installed: in the nearest `node_modules` above this file that has it. */
function packageFolder(name: string): string | undefined {
  for (let above = dirname(fileURLToPath(import.meta.url)); ; above = dirname(above)) {
    const folder = join(above, "node_modules", name);
    if (existsSync(folder)) return folder;
    if (above === dirname(above)) return undefined;
  }
}
