/**
 * daybook/warm-starts: where fits of the same problem left off, by fingerprint of the problem, so that the next one begins at the best that is known.
 */
export type { ArtifactEntry, ArtifactSource, ArtifactStore, PutOptions, StoredArtifact } from "./artifacts/artifact-store.js";
export { FolderArtifactStore } from "./artifacts/folder-store.js";
export { MemoryArtifactStore } from "./artifacts/memory-store.js";
export type { EvictionReason, WarmStartKind, WarmStartSeed } from "./events/warm-start-events.js";
export { chooseBest } from "./ledgers/warm-starts/choose-entry.js";
export type { ChooseEntry } from "./ledgers/warm-starts/choose-entry.js";
export type { CachedEntry, NearestHit, PreloadableEntry, WarmStartEntry } from "./ledgers/warm-starts/entries.js";
export type { EvictedEntry, EvictOptions, EvictReport } from "./ledgers/warm-starts/evict.js";
export { Fingerprint } from "./ledgers/warm-starts/fingerprint.js";
export { Fingerprinter } from "./ledgers/warm-starts/fingerprinter.js";
export type { WarmStartGcOptions, WarmStartGcReport, WarmStartOrphan } from "./ledgers/warm-starts/gc.js";
export type { SavePoint } from "./ledgers/warm-starts/history-of-key.js";
export type { OnWarmStartError, WarmStartFault } from "./ledgers/warm-starts/report.js";
export type { SaveEntryOptions } from "./ledgers/warm-starts/save-input.js";
export type { WarmStartSessionOptions } from "./ledgers/warm-starts/session-options.js";
export type { WarmStartStoreOptions } from "./ledgers/warm-starts/store-options.js";
export type { VerifyEntriesOptions, WarmStartFileFault, WarmStartVerification } from "./ledgers/warm-starts/verify-entries.js";
export { WarmStartSession } from "./ledgers/warm-starts/warm-start-session.js";
export type { LoadedEntry, LoadSource } from "./ledgers/warm-starts/warm-start-session.js";
export { WarmStartStore } from "./ledgers/warm-starts/warm-start-store.js";
export type { CallOptions } from "./ledgers/warm-starts/warm-start-store.js";
export type { WarmStartRow } from "./projections/views/warm-starts.js";
