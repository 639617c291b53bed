import { createRequire } from "node:module";
import { NativeAddonMissingError } from "../base/errors.js";

const require = createRequire(import.meta.url);

/** What daybook uses of fs-ext. */
export interface FsExt {
  flockSync(fd: number, flags: "exnb" | "shnb" | "un"): void;
}

/** What daybook uses of xxhash-addon. It crashes the process on anything but a Buffer. */
export interface XxhashAddon {
  readonly XXHash3: { hash(bytes: Buffer): Buffer };
}

function load(name: string): unknown {
  try {
    return require(name);
  } catch (error) {
    throw new NativeAddonMissingError(name, error);
  }
}

let fsExt: FsExt | undefined;

/** Loaded once. @throws NativeAddonMissingError when it has no build here. */
export const loadFsExt = (): FsExt => (fsExt ??= load("fs-ext") as FsExt);

/** @throws NativeAddonMissingError when it has no build here. */
export const loadXxhash = (): XxhashAddon => load("xxhash-addon") as XxhashAddon;
