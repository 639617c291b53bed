import type * as NodeZlib from "node:zlib";

let loaded: typeof NodeZlib | undefined;

/** Node's zlib, loaded once something is compressed or decompressed: few logs have such segments. */
export const nodeZlib = (): typeof NodeZlib => (loaded ??= process.getBuiltinModule("node:zlib"));
