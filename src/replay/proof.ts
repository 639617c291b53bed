import { ProofUnavailableError } from "../base/errors.js";
import type { LogBackend } from "../log/port.js";
import { signerOf } from "../log/proof/keys.js";
import type { KeyInput } from "../log/proof/keys.js";
import { signHead } from "../log/proof/saved-head.js";
import type { SavedHead } from "../log/proof/saved-head.js";

/** How a head is saved. */
export interface ProofOptions {
  /** The private half of an Ed25519 key, which signs the head: path of a PEM file, PEM text, or a key object. Default: the daybook's `signingKey`. */
  readonly signingKey?: KeyInput;
  readonly signal?: AbortSignal;
}

/** The end of a log, signed where there is a key. */
export async function proof(backend: LogBackend, { signingKey, signal }: ProofOptions): Promise<SavedHead> {
  if (backend.proof === undefined) throw new ProofUnavailableError();
  // The key first: it is not worth reading segments for one that cannot be used.
  const signer = signingKey === undefined ? undefined : signerOf(signingKey);
  const head = await backend.proof(signal);
  return signer === undefined ? head : signHead(head, signer);
}
