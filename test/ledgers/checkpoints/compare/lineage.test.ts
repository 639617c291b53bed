import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lineageMermaid, mermaidText } from "../../../../src/ledgers/checkpoints/compare/lineage-mermaid.js";
import { lineageText } from "../../../../src/ledgers/checkpoints/compare/lineage-text.js";
import { lineageOf } from "../../../../src/ledgers/checkpoints/compare/lineage.js";
import { experimentAt, folderOf, hashRow, origin } from "./rows.js";

const ascii = (...given: Parameters<typeof lineageOf>): string[] => lineageText(lineageOf(...given), { ascii: true });
const shown = (letter: string): string => `${letter.repeat(8)} ${letter.repeat(8)} ${letter.repeat(8)}`;

describe("the lineage of hashes", () => {
  it("goes straight down where nothing branches off", () => {
    const rows = [hashRow("a", [origin(undefined, 1, ["model", "config"])]), hashRow("b", [origin("a", 2)]), hashRow("c", [origin("b", 3, ["data"])])];
    expect(ascii(rows, [experimentAt("c")])).toEqual([
      `o ${shown("a")}  first of main`,
      `o ${shown("b")}  config`,
      `o ${shown("c")}  data; main is here`,
    ]);
  });

  it("shows branches beside the line, the older ones first, and what hangs below them", () => {
    const rows = [
      hashRow("a", [origin(undefined, 1)]),
      hashRow("b", [origin("a", 2)]),
      hashRow("c", [origin("b", 3)]),
      hashRow("d", [origin("a", 4)]),
      hashRow("e", [origin("b", 5, ["model", "data"])]),
      hashRow("f", [origin("a", 6)], {}),
    ];
    expect(ascii(rows).map((line) => line.replace(/(\w{8}) .*/, "$1"))).toEqual(["o aaaaaaaa", "|-o bbbbbbbb", "| |-o cccccccc", "| o eeeeeeee", "|-o dddddddd", "o ffffffff"]);
    expect(lineageText(lineageOf(rows))[3]).toBe(`│ ● ${shown("e")}  model, data`);
  });

  it("shows going back as what it is: no branch, no circle", () => {
    const rows = [hashRow("a", [origin(undefined, 1), origin("b", 3, ["config"], { count: 2 })]), hashRow("b", [origin("a", 2)])];
    const lineage = lineageOf(rows, [experimentAt("a")]);
    expect(lineageText(lineage, { ascii: true })).toEqual([`o ${shown("a")}  first of main; again from ${shown("b")} (config), 2 times; main is here`, `o ${shown("b")}  config`]);
    expect(lineage.nodes.map(({ folder, parent }) => [folder, parent])).toEqual([[folderOf("a"), undefined], [folderOf("b"), folderOf("a")]]);
  });

  it("has a beginning for each experiment that began by itself, and shows where two met", () => {
    const rows = [
      hashRow("a", [origin(undefined, 1)]),
      hashRow("b", [origin(undefined, 2, ["model"], { experiment: "other" })]),
      hashRow("c", [origin("a", 3), origin("b", 4, ["model"], { experiment: "other" })]),
      hashRow("d", [origin(undefined, 5, ["data"], { experiment: "third" }), origin(undefined, 6, [], { experiment: "fourth" })]),
    ];
    expect(ascii(rows, [experimentAt("c"), experimentAt("c", "other")])).toEqual([
      `o ${shown("a")}  first of main`,
      `o ${shown("c")}  config; again from ${shown("b")} (model); main is here; other is here`,
      `o ${shown("b")}  first of other`,
      `o ${shown("d")}  first of third; also first of fourth`,
    ]);
  });

  it("says what is pending, and what came from a hash that is not there", () => {
    const { dumped: _, ...pending } = hashRow("b", [origin("z", 2)]);
    expect(ascii([pending])).toEqual([`o ${shown("b")}  first of main; from ${shown("z")}, which is not known here; pending`]);
    expect(ascii([])).toEqual([]);
  });

  it("keeps the suffix of a folder", () => {
    const row = { ...hashRow("a", [origin(undefined, 1)]), folder: `${folderOf("a")}-2` };
    expect(ascii([row])[0]).toContain(`${shown("a")}-2  first`);
  });

  it("is as long as the work was", () => {
    const name = (index: number): string => String(index).padStart(24, "0");
    const rows = Array.from({ length: 20_000 }, (_, index) => ({ ...hashRow("a", [{ ...origin(undefined, index + 1), ...(index === 0 ? {} : { from: name(index - 1) }) }]), folder: name(index) }));
    const lineage = lineageOf(rows.toReversed());
    expect(lineageText(lineage, { ascii: true }).filter((line) => line.startsWith("o "))).toHaveLength(20_000);
    expect(lineage.roots).toEqual([name(0)]);
    expect(JSON.parse(JSON.stringify(lineage))).toEqual(lineage);
  });

  it("has every hash once, behind its parent, whatever the origins say", () => {
    const letters = ["a", "b", "c", "d", "e", "f"];
    const ways = fc.array(fc.tuple(fc.option(fc.constantFrom(...letters), { nil: undefined }), fc.integer({ min: 1, max: 20 })), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.tuple(ways, ways, ways, ways, ways, ways), (all) => {
        const rows = all.map((origins, index) => hashRow(letters[index] ?? "", origins.map(([from, seq]) => origin(from, seq))));
        const lineage = lineageOf(rows);
        expect(lineage.nodes.map(({ folder }) => folder).sort()).toEqual(letters.map(folderOf));
        const places = new Map(lineage.nodes.map(({ folder }, place) => [folder, place]));
        for (const { folder, parent } of lineage.nodes) if (parent !== undefined) expect(places.get(parent)).toBeLessThan(places.get(folder) ?? 0);
        expect(lineage.nodes.flatMap(({ children }) => children).concat(lineage.roots).sort()).toEqual(letters.map(folderOf));
        expect(lineageText(lineage)).toHaveLength(letters.length);
        expect(lineageMermaid(lineage).match(/^ {2}h\d+\[/gm)).toHaveLength(letters.length);
      }),
    );
  });
});

describe("the lineage as Mermaid", () => {
  it("has arrows with what changed, dotted ones for going back, and marks where experiments stand", () => {
    const rows = [hashRow("a", [origin(undefined, 1), origin("b", 3, ["config"], { count: 2 })]), hashRow("b", [origin("a", 2, ["config", "data"])])];
    expect(lineageMermaid(lineageOf(rows, [experimentAt("b")]))).toBe(
      [
        "flowchart TD",
        `  h0["${shown("a")}<br/>first of main"]`,
        `  h1["${shown("b")}<br/>main is here"]`,
        '  h1 -.->|"config, 2 times"| h0',
        '  h0 -->|"config, data"| h1',
        "  classDef here stroke-width:3px",
        "  class h1 here",
        "",
      ].join("\n"),
    );
  });

  it("shows names as they are, whatever they hold", () => {
    expect(mermaidText('a"]; click #x <b>`é😀\n')).toBe("a#34;#93;#59; click #35;x #60;b#62;#96;#233;#128512;#10;");
    const rows = [hashRow("a", [origin(undefined, 1, [], { experiment: 'x"] --> evil' })])];
    expect(lineageMermaid(lineageOf(rows))).toBe(`flowchart TD\n  h0["${shown("a")}<br/>first of x#34;#93; --#62; evil"]\n`);
  });
});
