import type { ManifestEntry } from "../manifest.js";
import type { Signer } from "./keys.js";

/** A manifest line, signed over all of it where there is a key: `sig` is its last key. */
export function sealLine(entry: ManifestEntry, signer: Signer | undefined): ManifestEntry {
  // Its JSON text is what `appendManifest` writes.
  return signer === undefined ? entry : { ...entry, sig: signer.sign(JSON.stringify(entry)) };
}
