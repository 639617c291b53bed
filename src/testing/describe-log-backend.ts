import assert from "node:assert/strict";
import type { LogBackend, LogCapabilities } from "../log/port.js";
import { appendingTests } from "./conformance/appending.js";
import { earlierHeadTests } from "./conformance/earlier-heads.js";
import { exclusiveTests } from "./conformance/exclusive.js";
import { expectationTests } from "./conformance/expectations.js";
import { findingTests } from "./conformance/finding.js";
import { suiteMaxEventBytes } from "./conformance/kit.js";
import type { DefineTest, LogTest } from "./conformance/kit.js";
import { lifecycleTests } from "./conformance/lifecycle.js";
import { persistenceTests } from "./conformance/persistence.js";
import { readingTests } from "./conformance/reading.js";
import { sharingTests } from "./conformance/sharing.js";
import { timeTests } from "./conformance/times.js";
import { currentRunner } from "./test-runner.js";
import type { TestRunner } from "./test-runner.js";

/** What a factory is asked for. */
export interface LogBackendRequest {
  /**
   * Which log: a name such as `log-12`, new for each test. The same name again is the same log, open a second time
   * (`shared`) or opened anew after it was closed (`persistent`); a backend that is neither is asked once for each.
   */
  readonly log: string;
  /** The longest event it may take, in bytes. */
  readonly maxEventBytes: number;
}

/** Opens a log. The suite closes it; what it leaves behind is its caller's to remove, after all tests. */
export type LogBackendFactory = (request: LogBackendRequest) => LogBackend | Promise<LogBackend>;

let logs = 0;

/**
 * The one suite for all log backends: registers a test for every promise of the port. What a backend claims in its
 * capabilities is tested, and nothing beyond; tests of what it does not claim are not registered.
 * @param runner whose `describe` and `it` to use; default: vitest when it runs, else those in the global scope
 * @throws Error when no runner is found
 */
export function describeLogBackend(name: string, factory: LogBackendFactory, capabilities: LogCapabilities, runner: TestRunner = currentRunner()): void {
  const groups: Readonly<Record<string, (test: DefineTest) => void>> = {
    appending: appendingTests,
    expectations: expectationTests,
    "the exclusive section": exclusiveTests,
    time: timeTests,
    reading: readingTests,
    "earlier heads": earlierHeadTests,
    finding: findingTests,
    "watching and closing": lifecycleTests,
    ...(capabilities.persistent ? { persistence: persistenceTests } : {}),
    ...(capabilities.shared ? { sharing: sharingTests } : {}),
  };
  runner.describe(`log backend: ${name}`, () => {
    for (const [group, register] of Object.entries(groups)) {
      runner.describe(group, () => register((title, body) => void runner.it(title, () => runTest(factory, capabilities, body))));
    }
  });
}

async function runTest(factory: LogBackendFactory, capabilities: LogCapabilities, body: (log: LogTest) => Promise<void>): Promise<void> {
  logs += 1;
  const request = { log: `log-${logs}`, maxEventBytes: suiteMaxEventBytes };
  const opened: LogBackend[] = [];
  const open = async (): Promise<LogBackend> => {
    const backend = await factory(request);
    opened.push(backend);
    assert.deepEqual(backend.capabilities, capabilities);
    return backend;
  };
  try {
    await body({ open });
  } finally {
    for (const backend of opened) await backend.close();
  }
}
