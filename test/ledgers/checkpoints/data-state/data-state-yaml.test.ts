import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { PartContent } from "../../../../src/events/checkpoint-events.js";
import { dataContent, inlineContent } from "../../../../src/ledgers/checkpoints/data-state/data-content.js";
import { DataState } from "../../../../src/ledgers/checkpoints/data-state/data-state.js";
import type { PlainDataState } from "../../../../src/ledgers/checkpoints/data-state/source.js";
import { dataStateYaml } from "../../../../src/ledgers/checkpoints/data-state/dump-data-state.js";
import { parseDataStateYaml } from "../../../../src/ledgers/checkpoints/data-state/read-yaml.js";
import { deltaYaml, wholeYaml } from "../../../../src/ledgers/checkpoints/data-state/write-yaml.js";
import { anyState, hardText, manyUids } from "./states.js";

const textOf = (chunks: Iterable<Uint8Array>): string => Buffer.concat([...chunks]).toString("utf8");
const yamlOf = (state: DataState): string => textOf(wholeYaml(state.digest, state.lines()));
const earlier = "0123456789abcdef0123456789abcdef";

/** Forms in which something would be lost or taken for something else, if they were read. */
const losing = [
  "uids: [a]\n",
  "uids: {}\n",
  "uids: a\n",
  "uids:\n  - a\nuids:\n  - b\n",
  "uids:\n  - a\n  - a\n",
  "uids:\n  - a\ndiscarded:\n  - b\n",
  "uids:\n  - a\ntags:\n  b: [x]\n",
  "uids:\n  - a\ntags:\n  a: [x]\n  a: [y]\n",
  "uids:\n  - a\nmore:\n  - b\n",
  "uids:\n  - a\ndiscarded:\n  a: [x]\n",
  "uids:\n  - a\ntags:\n  - a\n",
  "uids:\n  - a\ntags:\n  ? a\n",
  "uids:\n  - a\ntags:\n  ? a b\n  : [x]\n",
  `base: "${"a".repeat(32)}"\nuids:\n  - a\n`,
  `base: "${"a".repeat(32)}"\nchanged:\n  a: [x]\n`,
  `base: "${"a".repeat(32)}"\nremoved:\n  - a\n  - a\n`,
  `base: "${"a".repeat(32)}"\nchanged:\n  a: { discarded: true, tags: [] }\nremoved:\n  - a\n`,
  'base: "x"\nchanged: {}\nremoved: []\n',
];

describe("data_state.yaml", () => {
  it("has the form of the document", () => {
    const state = new DataState({ uids: ["sample_003", "sample_001", 370], discarded: [370], tags: { sample_001: ["validated", "augmented"], 370: ["yes", "a: b"] } });
    expect(yamlOf(state)).toBe(
      [
        `# The data state ${state.digest} (data-1): samples 3, discarded 1, with tags 2.`,
        "uids:",
        '  - "370"',
        "  - sample_001",
        "  - sample_003",
        "discarded:",
        '  - "370"',
        "tags:",
        '  "370": ["a: b", "yes"]',
        "  sample_001: [augmented, validated]",
        "",
      ].join("\n"),
    );
    expect(yamlOf(new DataState())).toMatch(/^#.*\nuids: \[\]\ndiscarded: \[\]\ntags: \{\}\n$/);
  });

  it("is to a library of YAML, and to us, the state that it was made of", () => {
    fc.assert(
      fc.property(anyState(), (plain) => {
        const state = new DataState(plain);
        const text = yamlOf(state);
        expect(DataState.ofLines(parseDataStateYaml(text).lines).digest).toBe(state.digest);
        expect(new DataState(parse(text, { maxAliasCount: 0 }) as PlainDataState).digest).toBe(state.digest);
      }),
    );
  });

  it("holds texts that YAML would take for something else, and long ones", () => {
    const odd = ["true", "No", "null", "~", "1e3", "0x1f", "-", "- a", "#", "a #b", "? a", "&a", "*a", "!t", "[a]", "{a}", "|", ">", "%", "@", "`", "'", "\u0085", "\u2028", "\ufeff", "\u007f", "\t", "k".repeat(2000), "ü", "😀"];
    const state = new DataState({ uids: odd, tags: new Map(odd.map((uid) => [uid, [uid, "x"]])) });
    expect(new DataState(parse(yamlOf(state)) as PlainDataState).lines()).toEqual(state.lines());
    expect(DataState.ofLines(parseDataStateYaml(yamlOf(state)).lines).lines()).toEqual(state.lines());
  });

  it("tells of what differs from an earlier one, and comes back", () => {
    fc.assert(
      fc.property(anyState(), fc.uniqueArray(hardText, { maxLength: 3 }), (plain, uids) => {
        const state = new DataState(plain);
        const [lines, removed] = [state.lines(), uids.filter((uid) => !state.has(uid))];
        const text = textOf(deltaYaml("f".repeat(32), earlier, "checkpoints/a/data/a_data_state.yaml", { lines, removed }));
        expect(parseDataStateYaml(text)).toEqual({ lines, removed, base: earlier, baseFile: "checkpoints/a/data/a_data_state.yaml" });
        const read = parse(text) as { base: string; changed: object; removed: string[] };
        expect([read.base, Object.keys(read.changed).length, read.removed]).toEqual([earlier, lines.length, removed]);
      }),
    );
  });

  it.each(["", "# nothing\n", "uids:\n  -  a\n", "uids:\n  - a b\n", "uids:\n  - a\nhello\n", "  - a\n", "uids:\n  - a\ntags:\n  a: [x\n", 'uids:\n  - "a\n', "tags:\n  a: x\n", ...losing])("refuses %j", (text) => {
    expect(() => parseDataStateYaml(text)).toThrow(/data state file/);
  });

  it("is written from the log: whole, or as what changed where the log tells it so, the same bytes each time", async () => {
    const uids = manyUids(12_000);
    const state = new DataState(uids);
    const contents = new Map<string, PartContent>([[state.digest, inlineContent(dataContent(state))]]);
    const source = {
      known: (digest: string) => contents.get(digest),
      read: () => Promise.reject(new Error("no file")),
      locate: () => "/root",
      fileOf: (digest: string) => (digest === first ? "checkpoints/x/data/x_data_state.yaml" : undefined),
    };
    const first = state.digest;
    state.discard(uids[3] as string);
    contents.set(state.digest, inlineContent(dataContent(state, source.known)));
    const whole = textOf((await dataStateYaml(first, source)) ?? []);
    const delta = textOf((await dataStateYaml(state.digest, source)) ?? []);
    expect(whole.split("\n")).toHaveLength(12_005);
    expect(delta.split("\n").slice(1)).toEqual([`base: "${first}"`, "baseFile: checkpoints/x/data/x_data_state.yaml", "changed:", "  sample_0000003: { discarded: true, tags: [] }", "removed: []", ""]);
    expect(textOf((await dataStateYaml(state.digest, source)) ?? [])).toBe(delta);
    expect(DataState.ofLines(parseDataStateYaml(whole).lines).apply(parseDataStateYaml(delta)).digest).toBe(state.digest);
    expect(await dataStateYaml(earlier, source)).toBeUndefined();
  });
});
