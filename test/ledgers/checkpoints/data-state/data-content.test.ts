import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ArtifactRef, PartContent } from "../../../../src/events/checkpoint-events.js";
import { chainLength, dataContent, fitsInEvent, inlineContent, longestChain } from "../../../../src/ledgers/checkpoints/data-state/data-content.js";
import type { DataContent } from "../../../../src/ledgers/checkpoints/data-state/data-content.js";
import { DataState } from "../../../../src/ledgers/checkpoints/data-state/data-state.js";
import { hashDataState } from "../../../../src/ledgers/checkpoints/data-state/hash-data-state.js";
import { resolveDataState } from "../../../../src/ledgers/checkpoints/data-state/resolve-data-state.js";
import { anyState, manyUids } from "./states.js";

/** What a log keeps: contents by digest, and files by path. */
class Kept {
  readonly contents = new Map<string, PartContent>();
  readonly files = new Map<string, Buffer>();

  readonly known = (digest: string): PartContent | undefined => this.contents.get(digest);
  readonly read = (file: ArtifactRef): Promise<Uint8Array> => Promise.resolve(this.files.get(file.path) ?? Buffer.alloc(0));
  readonly locate = (file?: ArtifactRef): string => `/root/${file?.path ?? "events"}`;

  keep(digest: string, content: DataContent): void {
    if (fitsInEvent(content)) this.contents.set(digest, inlineContent(content));
    else {
      const bytes = Buffer.concat([...content.text()]);
      const path = `checkpoints/parts/data-${digest}.txt`;
      this.files.set(path, bytes);
      const file = { path, bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
      this.contents.set(digest, { ...(content.base === undefined ? {} : { base: content.base }), file });
    }
  }
}

const uids = manyUids(12_000);

describe("the content of a data state", () => {
  it("is all lines, sorted, of a small one", () => {
    const content = dataContent(new DataState({ uids: ["b", "a"], discarded: ["b"], tags: { a: ["y", "x"] } }));
    expect(inlineContent(content)).toEqual({ lines: ["a:d0:tx,y", "b:d1:t"] });
    expect(Buffer.concat([...content.text()]).toString()).toBe("a:d0:tx,y\nb:d1:t\n");
  });

  it("goes into an event up to 32 KiB", () => {
    const { lines } = dataContent(new DataState(manyUids(3000)));
    const first = (count: number): DataContent => ({ lines: lines.slice(0, count), text: () => [] });
    const fits = (count: number): boolean => fitsInEvent(first(count));
    const inline = (count: number): number => Buffer.byteLength(JSON.stringify(inlineContent(first(count))));
    const most = [...Array(3000).keys()].findLast(fits) ?? 0;
    expect(inline(most)).toBeLessThanOrEqual(32 * 1024);
    expect(inline(most)).toBeGreaterThan(32 * 1024 - 256);
  });

  it("comes back from the log, or from a file, whatever the uids and tags are", async () => {
    await fc.assert(
      fc.asyncProperty(anyState(), fc.boolean(), async (plain, inFile) => {
        const [state, kept] = [new DataState(plain), new Kept()];
        kept.keep(state.digest, dataContent(state));
        if (inFile) {
          const path = "checkpoints/parts/a.txt";
          kept.files.set(path, Buffer.concat([...dataContent(state).text()]));
          kept.contents.set(state.digest, { file: { path, bytes: 0, sha256: "" } });
        }
        expect((await resolveDataState(state.digest, kept))?.lines()).toEqual(state.lines());
      }),
    );
  });

  it("is of a large one what changed since the latest digest that the log knows", () => {
    const [state, kept] = [new DataState(uids), new Kept()];
    kept.keep(state.digest, dataContent(state, kept.known));
    const first = state.digest;
    state.discard(uids[5] as string).remove(uids[7] as string);
    expect(state.digest).not.toBe(first);
    state.setTags(uids[9] as string, ["x"]);
    expect(inlineContent(dataContent(state, kept.known))).toEqual({ base: first, lines: ["sample_0000005:d1:t", "sample_0000009:d0:tx"], removed: ["sample_0000007"] });
    expect(dataContent(state).lines).toHaveLength(11_999);
  });

  it("stands on at most sixteen others, and each of a long line comes back", async () => {
    const [state, kept] = [new DataState(uids), new Kept()];
    const digests: string[] = [];
    for (let step = 0; step < 40; step += 1) {
      kept.keep(state.digest, dataContent(state, kept.known));
      digests.push(state.digest);
      state.discard(uids[step] as string).remove(uids[step + 100] as string).add(`new_${step}`);
    }
    const lengths = digests.map((digest) => chainLength(digest, kept.known));
    expect(Math.max(...lengths.map(Number))).toBe(longestChain);
    expect(lengths.filter((length) => length === 0)).toHaveLength(2);
    for (const step of [0, 1, 16, 17, 39]) expect((await resolveDataState(digests[step] as string, kept))?.digest).toBe(digests[step]);
  });

  it("is whole again where more than a quarter changed", () => {
    const [state, kept] = [new DataState(uids), new Kept()];
    kept.keep(state.digest, dataContent(state));
    state.discard(uids.slice(0, 3001));
    expect(dataContent(state, kept.known).base).toBeUndefined();
  });

  it("is not given out when it has another digest than was recorded", async () => {
    const [state, kept] = [new DataState(["a", "b"]), new Kept()];
    kept.contents.set(state.digest, { lines: ["a:d0:t", "b:d1:t"] });
    await expect(resolveDataState(state.digest, kept)).rejects.toMatchObject({ code: "ARTIFACT_CORRUPT", path: "/root/events" });
    kept.contents.set(state.digest, { lines: ["a:d0:t", "oops"] });
    await expect(resolveDataState(state.digest, kept)).rejects.toMatchObject({ code: "ARTIFACT_CORRUPT", message: expect.stringContaining("oops") as string });
    kept.contents.set(state.digest, { base: "f".repeat(32), lines: [] });
    expect(await resolveDataState(state.digest, kept)).toBeUndefined();
    kept.contents.set(state.digest, { base: state.digest, lines: [] });
    expect(await resolveDataState(state.digest, kept)).toBeUndefined();
  });

  it("goes on as what changed from a state that was put together", async () => {
    const [state, kept] = [new DataState(uids), new Kept()];
    kept.keep(state.digest, dataContent(state));
    const again = await resolveDataState(state.digest, kept);
    again?.discard(uids[0] as string);
    expect(again && dataContent(again, kept.known).base).toBe(state.digest);
  });
});

describe("a data state that somebody else keeps", () => {
  it("is told as what changed, too, by a copy that is brought to it each time, and stays what it was when it was told", async () => {
    const [copy, kept] = [new DataState(uids), new Kept()];
    const dataset = { getSampleUids: () => uids, discarded: new Set<string>() };
    const told: { readonly digest: string; readonly content: DataContent }[] = [];
    for (let step = 0; step < 5; step += 1) {
      const { digest } = hashDataState(dataset);
      const content = dataContent(copy.become(dataset), kept.known);
      told.push({ digest, content });
      kept.keep(digest, content);
      for (const uid of step === 2 ? uids.slice(2000, 9000) : [uids[step] as string]) dataset.discarded.add(uid);
    }
    expect(told.map(({ content }) => content.base !== undefined)).toEqual([false, true, true, false, true]);
    for (const { digest } of told) expect((await resolveDataState(digest, kept))?.digest).toBe(digest);
  });
});
