import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { MemoryLog } from "../../src/log/memory-log.js";
import { openSegmentLog } from "../../src/log/open-segment-log.js";
import { describeLogBackend } from "../../src/testing.js";
import type { LogBackendFactory } from "../../src/testing.js";

const folder = mkdtempSync(join(tmpdir(), "daybook-backends-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const segmentFiles =
  (segmentBytes: number): LogBackendFactory =>
  ({ log, maxEventBytes }) =>
    openSegmentLog(join(folder, log), {
      segmentBytes,
      maxEventBytes,
      lockTimeoutMs: 10_000,
      unsafeFileSystem: false,
      verifyBytes: 2 ** 26,
      nowMs: Date.now(),
    });

describeLogBackend("memory", ({ maxEventBytes }) => new MemoryLog({ maxEventBytes }), { persistent: false, shared: false });
// In one segment; with a rotation every few commits; and with one before every commit.
for (const segmentBytes of [2 ** 24, 1000, 150]) {
  describeLogBackend(`segment files of ${segmentBytes} bytes`, segmentFiles(segmentBytes), { persistent: true, shared: true });
}
