import assert from "node:assert/strict";
import type { ArtifactStore } from "../artifacts/artifact-store.js";
import { artifactFailureTests } from "./artifacts/failing.js";
import type { DefineStoreTest } from "./artifacts/kit.js";
import { artifactPathTests } from "./artifacts/paths.js";
import { artifactPuttingTests } from "./artifacts/putting.js";
import { currentRunner } from "./test-runner.js";
import type { TestRunner } from "./test-runner.js";

/**
 * Opens a store: a name such as `artifacts-12`, new for each test. The same name again is the same store, open a second time. What it leaves behind is its
 * caller's to remove, after all tests.
 */
export type ArtifactStoreFactory = (name: string) => ArtifactStore | Promise<ArtifactStore>;

let stores = 0;

/**
 * The one suite for all artifact stores: registers a test for every promise of the port.
 * @param runner whose `describe` and `it` to use; default: vitest when it runs, else those in the global scope
 * @throws Error when no runner is found
 */
export function describeArtifactStore(name: string, factory: ArtifactStoreFactory, runner: TestRunner = currentRunner()): void {
  const groups: Readonly<Record<string, (test: DefineStoreTest) => void>> = {
    "putting and getting": artifactPuttingTests,
    "paths and lists": artifactPathTests,
    "failing and giving up": artifactFailureTests,
  };
  runner.describe(`artifact store: ${name}`, () => {
    for (const [group, register] of Object.entries(groups)) {
      runner.describe(group, () =>
        register((title, body) =>
          void runner.it(title, async () => {
            stores += 1;
            const store = `artifacts-${stores}`;
            const opened = await factory(store);
            assert.equal(typeof opened.put, "function");
            await body(opened);
          }),
        ),
      );
    }
  });
}
