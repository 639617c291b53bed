import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { Fingerprinter, WarmStartStore } from "../../../src/warm-starts.js";
import { fakeClock } from "../../../src/testing.js";
import type { FakeClock } from "../../../src/testing.js";
import type { CachedEntry, Fingerprint, WarmStartFault, WarmStartStoreOptions } from "../../../src/warm-starts.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (entry: CachedEntry | undefined): string | undefined => (entry === undefined ? undefined : new TextDecoder().decode(entry.payload));
export const keyFor = (label: string | number): Fingerprint => new Fingerprinter().absorbJson("test", label).finalize();

/** A store in a folder, with what went wrong in it and stopped nothing. */
export interface TemporaryStore {
  readonly store: WarmStartStore;
  readonly root: string;
  readonly clock: FakeClock;
  readonly told: { readonly message: string; readonly fault: WarmStartFault }[];
}

/** Opens a store, which is closed when the test has ended. */
export async function temporaryStore({ root = temporaryFolder(), clock = fakeClock("2026-11-28T08:00:00Z"), ...options }: Omit<WarmStartStoreOptions, "clock"> & { readonly root?: string; readonly clock?: FakeClock } = {}): Promise<TemporaryStore> {
  const told: TemporaryStore["told"] = [];
  const onError = (error: Error, fault: WarmStartFault): void => void told.push({ message: error.message, fault });
  const store = await WarmStartStore.open(root, { daybook: { clock: clock.clock }, onError, ...options });
  onTestFinished(() => store.close());
  return { store, root, clock, told };
}

/** The files of a key, as absolute paths. */
export function filesOf({ root }: Pick<TemporaryStore, "root">, label: string | number): string[] {
  const folder = join(root, "warm-starts", keyFor(label).toHex());
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}
