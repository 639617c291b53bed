import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { ArtifactSource } from "../../artifacts/artifact-store.js";
import { bytesOf, contentOf, entriesOf } from "./kit.js";
import type { DefineStoreTest } from "./kit.js";

const sha256 = (content: Uint8Array | string): string => createHash("sha256").update(content).digest("hex");

async function* later(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, void> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

/** Tests of what goes in and comes out. */
export function artifactPuttingTests(test: DefineStoreTest): void {
  test("what was put comes out again, with its size and SHA-256 told", async (store) => {
    const big = bytesOf(3 * 1024 * 1024 + 17);
    const pieces = [big.subarray(0, 1), big.subarray(1, 1), big.subarray(1, 70_000), big.subarray(70_000, 2_500_000), big.subarray(2_500_000)];
    const contents: readonly (readonly [ArtifactSource, Buffer])[] = [
      [Buffer.alloc(0), Buffer.alloc(0)],
      ["", Buffer.alloc(0)],
      ["grün 🌱\n", Buffer.from("grün 🌱\n")],
      [bytesOf(10), bytesOf(10)],
      [new Uint8Array(bytesOf(100).buffer, 3, 50), Buffer.from(bytesOf(100).buffer, 3, 50)],
      [big, big],
      [pieces, big],
      [later(pieces), big],
      [new Set([bytesOf(5)]), bytesOf(5)],
    ];
    for (const [index, [content, expected]] of contents.entries()) {
      const path = `a/b-${index}/file ${index}.bin`;
      assert.deepEqual(await store.put(path, content), { bytes: expected.length, sha256: sha256(expected) });
      assert.ok(expected.equals((await contentOf(store, path)) ?? Buffer.from("nothing")));
    }
    assert.equal((await entriesOf(store, "a")).length, contents.length);
  });

  test("what is there stays, unless it is to be replaced; a stream is not begun for nothing", async (store) => {
    await store.put("a.txt", "one");
    let begun = false;
    const stream = (function* () {
      begun = true;
      yield bytesOf(3);
    })();
    assert.equal(await store.put("a.txt", stream), undefined);
    assert.equal(begun, false);
    assert.equal(String(await contentOf(store, "a.txt")), "one");
    assert.deepEqual(await store.put("a.txt", "another", { replace: true }), { bytes: 7, sha256: sha256("another") });
    assert.equal(String(await contentOf(store, "a.txt")), "another");
    assert.deepEqual(await store.put("b.txt", "new", { replace: true }), { bytes: 3, sha256: sha256("new") });
    assert.deepEqual((await entriesOf(store, "a.txt")).map(({ path, bytes, unfinished }) => ({ path, bytes, unfinished })), [{ path: "a.txt", bytes: 7, unfinished: false }]);
  });

  test("of many who put the same path at once, exactly one has stored it", async (store) => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, number) => store.put("x/one.bin", bytesOf(300_000, number + 1))));
    const winner = outcomes.findIndex((stored) => stored !== undefined);
    assert.equal(outcomes.filter((stored) => stored !== undefined).length, 1);
    assert.ok(bytesOf(300_000, winner + 1).equals((await contentOf(store, "x/one.bin")) ?? Buffer.alloc(0)));
    assert.equal((await entriesOf(store, "x")).length, 1);
  });

  test("of many who replace the same path at once, the last one is there, whole", async (store) => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, number) => store.put("x/one.bin", bytesOf(300_000, number + 1), { replace: true })));
    const left = sha256((await contentOf(store, "x/one.bin")) ?? "");
    assert.ok(outcomes.some((stored) => stored?.sha256 === left));
    assert.equal((await entriesOf(store, "x")).length, 1);
  });

  test("what is changed while it is put is stored as what the answer says", async (store) => {
    const content = bytesOf(6 * 1024 * 1024);
    const putting = store.put("live.bin", content);
    const changing = setInterval(() => content.fill(content[0] === 1 ? 2 : 1), 0);
    const stored = await putting.finally(() => clearInterval(changing));
    assert.equal(sha256((await contentOf(store, "live.bin")) ?? ""), stored?.sha256);
  });

  test("what comes out may be changed by whoever got it, and be gone through again", async (store) => {
    await store.put("a.bin", bytesOf(1000));
    const content = await store.get("a.bin");
    assert.ok(content !== undefined);
    for await (const chunk of content) chunk.fill(0);
    const again: Uint8Array[] = [];
    for await (const chunk of content) again.push(chunk);
    assert.ok(bytesOf(1000).equals(Buffer.concat(again)));
  });

  test("what is deleted is gone, and can be put again", async (store) => {
    await store.put("a/b.txt", "one");
    assert.equal(await store.delete("a/b.txt"), true);
    assert.equal(await store.delete("a/b.txt"), false);
    assert.equal(await store.delete("a/never.txt"), false);
    assert.equal(await store.get("a/b.txt"), undefined);
    assert.deepEqual(await entriesOf(store, "a"), []);
    assert.ok((await store.put("a/b.txt", "two")) !== undefined);
  });
}
