import assert from "node:assert/strict";
import type { ArtifactSource, ArtifactStore } from "../../artifacts/artifact-store.js";
import { isDaybookError } from "../../base/errors.js";
import { bytesOf, contentOf, entriesOf, failureOf } from "./kit.js";
import type { DefineStoreTest } from "./kit.js";

/** Nothing of a put is left: neither under its name nor as something unfinished. */
async function assertNothingOf(store: ArtifactStore, path: string): Promise<void> {
  assert.equal(await store.get(path), undefined);
  assert.deepEqual(await entriesOf(store, path.split("/")[0] ?? ""), []);
}

/** Tests of what becomes of a put or a get that does not come to its end. */
export function artifactFailureTests(test: DefineStoreTest): void {
  test("a source that throws stores nothing, and its error comes through", async (store) => {
    const boom = new Error("boom");
    const throwing = (function* () {
      yield bytesOf(2_000_000);
      throw boom;
    })();
    assert.equal(await failureOf(store.put("a/b.bin", throwing)), boom);
    await assertNothingOf(store, "a/b.bin");
    await store.put("c", "old");
    const rejecting = (async function* () {
      yield await Promise.resolve(bytesOf(10));
      throw boom;
    })();
    assert.equal(await failureOf(store.put("c", rejecting, { replace: true })), boom);
    assert.equal(String(await contentOf(store, "c")), "old");
    assert.equal((await entriesOf(store, "c")).length, 1);
  });

  test("what is no bytes is refused, and nothing stored", async (store) => {
    const contents: readonly unknown[] = [undefined, null, 5, {}, [1, 2, 3], ["text"], [[1]], new Float32Array(2), new ArrayBuffer(2), new Map([[1, 2]])];
    for (const content of contents) {
      assert.ok(isDaybookError(await failureOf(store.put("a/b.bin", content as ArtifactSource)), "INVALID_OPTION"), String(content));
      await assertNothingOf(store, "a/b.bin");
    }
  });

  test("an abort ends a put at once, stores nothing and tells the source, also one that does not answer", async (store) => {
    const reason = new Error("enough");
    assert.equal(await failureOf(store.put("a/b.bin", "x", { signal: AbortSignal.abort(reason) })), reason);
    const controller = new AbortController();
    let ended = false;
    const hanging: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => {
        let calls = 0;
        return {
          next: () => {
            calls += 1;
            if (calls === 1) return Promise.resolve({ done: false, value: bytesOf(2_000_000) });
            setImmediate(() => controller.abort(reason));
            return new Promise(() => undefined);
          },
          return: () => {
            ended = true;
            return Promise.resolve({ done: true, value: undefined });
          },
        };
      },
    };
    assert.equal(await failureOf(store.put("a/b.bin", hanging, { signal: controller.signal })), reason);
    assert.equal(ended, true);
    await assertNothingOf(store, "a/b.bin");
    assert.ok((await store.put("a/b.bin", "x")) !== undefined);
  });

  test("an abort ends a get", async (store) => {
    const reason = new Error("enough");
    await store.put("a.bin", bytesOf(2_000_000));
    assert.equal(await failureOf(store.get("a.bin", { signal: AbortSignal.abort(reason) })), reason);
    const controller = new AbortController();
    const content = await store.get("a.bin", { signal: controller.signal });
    let read = 0;
    const reading = async (): Promise<void> => {
      for await (const chunk of content ?? []) {
        read += chunk.length;
        controller.abort(reason);
      }
    };
    assert.equal(await failureOf(reading()), reason);
    assert.ok(read > 0 && read < 2_000_000);
  });

  test("a signal that is none is refused", async (store) => {
    for (const signal of [1, {}] as readonly unknown[]) {
      assert.ok(isDaybookError(await failureOf(store.put("a/b.bin", "x", { signal: signal as AbortSignal })), "INVALID_OPTION"));
      assert.ok(isDaybookError(await failureOf(store.get("a/b.bin", { signal: signal as AbortSignal })), "INVALID_OPTION"));
    }
    await assertNothingOf(store, "a/b.bin");
  });
}
