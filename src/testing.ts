/**
 * daybook/testing: the suite that every log backend has to pass, and help for testing what is built on daybook.
 */
export { describeArtifactStore } from "./testing/describe-artifact-store.js";
export type { ArtifactStoreFactory } from "./testing/describe-artifact-store.js";
export { describeLogBackend } from "./testing/describe-log-backend.js";
export type { LogBackendFactory, LogBackendRequest } from "./testing/describe-log-backend.js";
export { fakeClock } from "./testing/fake-clock.js";
export type { FakeClock } from "./testing/fake-clock.js";
export { givenEvents } from "./testing/given-events.js";
export type { Given, GivenEvent, Outcome } from "./testing/given-events.js";
export { openMemoryDaybook } from "./testing/memory-daybook.js";
export type { MemoryDaybookOptions } from "./testing/memory-daybook.js";
export type { TestRunner } from "./testing/test-runner.js";
export type { ArtifactEntry, ArtifactSource, ArtifactStore, PutOptions, StoredArtifact } from "./artifacts/artifact-store.js";
export type {
  AppendContext,
  AppendEvent,
  ClockGuard,
  CommitParticipant,
  ExclusiveJob,
  LogBackend,
  LogCapabilities,
  LogReader,
  LogSection,
  LogVerification,
  ReadBatch,
} from "./log/port.js";
