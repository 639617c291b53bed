import assert from "node:assert/strict";
import { isDaybookError } from "../../base/errors.js";
import { contentOf, entriesOf, failureOf } from "./kit.js";
import type { DefineStoreTest } from "./kit.js";

const refused: readonly unknown[] = ["", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/./b", ".hidden", "a/.b/c", "a\\b", "a\0b", "a\nb", "a\u0085b", "\ud800", `${"x".repeat(256)}/a`, "ü".repeat(128), "a/".repeat(600), undefined, null, 1, {}, Symbol.iterator];

/** Tests of paths and of what lists give. */
export function artifactPathTests(test: DefineStoreTest): void {
  test("paths that could lead elsewhere, or cannot be names of files, are refused by every call", async (store) => {
    for (const path of refused as readonly string[]) {
      const calls = [
        () => store.put(path, "x"),
        () => store.get(path),
        () => store.delete(path),
        () => entriesOf(store, path),
        () => Promise.resolve().then(() => store.locate(path)),
      ];
      for (const call of calls) assert.ok(isDaybookError(await failureOf(call()), "INVALID_ID"), `${String(path)} was taken`);
    }
    // It would be taken for one that is unfinished.
    assert.ok(isDaybookError(await failureOf(store.put("a/b.new", "x")), "INVALID_ID"));
    assert.equal(await store.get("a/b.new"), undefined);
  });

  test("names that look odd are kept as they are", async (store) => {
    const names = ["a b", "grün 🌱.txt", "a..b", "x".repeat(250), "-rf", "$HOME", "a*?", "con", "a.NEW", "%2e%2e", "a'\"b"];
    for (const name of names) assert.ok((await store.put(`odd/${name}`, name)) !== undefined, name);
    for (const name of names) assert.equal(String(await contentOf(store, `odd/${name}`)), name);
    assert.deepEqual((await entriesOf(store, "odd")).map(({ path }) => path).sort(), names.map((name) => `odd/${name}`).sort());
  });

  test("a list gives what is at or below a path, and nothing beside it", async (store) => {
    const before = Date.now();
    for (const path of ["a/1", "a/b/2", "a/b/c/3", "ab/4", "b"]) await store.put(path, path);
    const pathsOf = async (prefix: string): Promise<string[]> => (await entriesOf(store, prefix)).map(({ path }) => path);
    assert.deepEqual(await pathsOf("a"), ["a/1", "a/b/2", "a/b/c/3"]);
    assert.deepEqual(await pathsOf("a/b"), ["a/b/2", "a/b/c/3"]);
    assert.deepEqual(await pathsOf("a/b/2"), ["a/b/2"]);
    assert.deepEqual(await pathsOf("b"), ["b"]);
    assert.deepEqual(await pathsOf("never"), []);
    assert.deepEqual(await pathsOf("b/below-a-file"), []);
    const [entry] = await entriesOf(store, "a/1");
    assert.deepEqual({ ...entry, modifiedMs: 0 }, { path: "a/1", bytes: 3, modifiedMs: 0, unfinished: false });
    // File systems round times.
    assert.ok(entry !== undefined && entry.modifiedMs >= before - 2500 && entry.modifiedMs <= Date.now() + 2500);
  });

  test("what is not there is not got, nor found below a file", async (store) => {
    await store.put("a", "x");
    assert.equal(await store.get("b"), undefined);
    assert.equal(await store.get("a/b"), undefined);
    assert.equal(await store.delete("a/b"), false);
  });

  test("it says where a file is, or would be", async (store) => {
    await store.put("a/b.txt", "x");
    assert.match(store.locate("a/b.txt"), /a\/b\.txt$/);
    assert.notEqual(store.locate("a/b.txt"), store.locate("a/c.txt"));
  });
}
