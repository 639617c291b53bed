/** The suite for log backends under node:test: what runs it needs no vitest. */
import { describe, it } from "node:test";
import { MemoryLog } from "../../src/log/memory-log.js";
import { describeLogBackend } from "../../src/testing.js";

describeLogBackend("memory", ({ maxEventBytes }) => new MemoryLog({ maxEventBytes }), { persistent: false, shared: false }, { describe, it });
