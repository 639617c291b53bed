import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DataState } from "../../../../src/ledgers/checkpoints/data-state/data-state.js";
import { digestOfLines, hashDataState } from "../../../../src/ledgers/checkpoints/data-state/hash-data-state.js";
import type { PlainDataState } from "../../../../src/ledgers/checkpoints/data-state/source.js";

interface Golden {
  readonly algorithm: string;
  readonly states: readonly { readonly what: string; readonly state: PlainDataState; readonly lines: readonly string[]; readonly digest: string }[];
}

const golden = JSON.parse(readFileSync(new URL("../../../golden/data-states.json", import.meta.url), "utf8")) as Golden;

describe("digests of data states, as earlier releases made them", () => {
  it.each(golden.states.map((one) => [one.what, one] as const))("%s", (_, { state, lines, digest }) => {
    expect(hashDataState(state)).toEqual({ digest, algorithm: golden.algorithm });
    expect(new DataState(state).lines()).toEqual(lines);
    expect(digestOfLines(lines)).toBe(digest);
  });
});
