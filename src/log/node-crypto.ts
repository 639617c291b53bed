import type * as NodeCrypto from "node:crypto";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

let loaded: typeof NodeCrypto | undefined;

/** Node's crypto, loaded once something is hashed or named: loading it takes about a tenth of the time that importing daybook takes. */
export const nodeCrypto = (): typeof NodeCrypto => (loaded ??= require("node:crypto") as typeof NodeCrypto);
