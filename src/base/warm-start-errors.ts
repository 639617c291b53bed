/** What becomes of fingerprints and warm starts. */
import { DaybookError } from "./daybook-error.js";

/** A fingerprinter gives one fingerprint: nothing is absorbed after it. */
export class FingerprintFinalizedError extends DaybookError {
  readonly code = "FINGERPRINT_FINALIZED";
  constructor() {
    super("This fingerprinter has given its fingerprint; make a new one for another");
  }
}

/** A payload alone is larger than the size budget of the store: with it nothing else could be kept. Nothing was written. */
export class PayloadTooLargeError extends DaybookError {
  readonly code = "PAYLOAD_TOO_LARGE";
  constructor(
    readonly bytes: number,
    readonly sizeBudgetBytes: number,
  ) {
    super(`The payload has ${bytes} bytes, more than the ${sizeBudgetBytes} of the whole store (sizeBudgetBytes)`);
  }
}
