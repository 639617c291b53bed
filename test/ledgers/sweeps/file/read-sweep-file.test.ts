import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseYaml } from "../../../../src/ledgers/sweeps/file/parse-yaml.js";
import { readSweepFile } from "../../../../src/ledgers/sweeps/file/read-sweep-file.js";
import { temporaryFolder } from "../../../support/temporary-folder.js";

function file(name: string, content: string | Uint8Array): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}

const sets = async (name: string, content: string): Promise<unknown[]> => [...(await readSweepFile(file(name, content)))];

describe("a sweep in a file", () => {
  it("is read from YAML", async () => {
    const text = "# learning rates\nlr: [0.1, 0.01]\nmodel:\n  width:\n    - 8\n    - 16\n  name: mlp\n";
    for (const name of ["grid.yaml", "grid.yml", "GRID.YAML"]) {
      expect(await sets(name, text)).toEqual([0.1, 0.01].flatMap((lr) => [8, 16].map((width) => ({ lr, model: { width, name: "mlp" } }))));
    }
  });

  it("is read from JSON", async () => {
    expect(await sets("grid.json", '{\n\t"zip": { "a": [1, 2], "<<": [{"b": 1}, {"b": 2}] },\n\t"constants": {"c": "\\u00e9\\ud83d\\ude00"}\n}\n')).toEqual([
      { a: 1, "<<": { b: 1 }, c: "é😀" }, { a: 2, "<<": { b: 2 }, c: "é😀" },
    ]);
  });

  it("follows YAML 1.2: what looks like other things is text", async () => {
    expect(await sets("a.yaml", "a: no\nb: on\nc: 2020-01-01\nd: 1_000\ne: 12:30\nf: ~\ng: 0x1f\nh: '1'\ni: 1e3\nj: true\nk: -0\n")).toEqual([
      { a: "no", b: "on", c: "2020-01-01", d: "1_000", e: "12:30", f: null, g: 31, h: "1", i: 1000, j: true, k: 0 },
    ]);
    expect(await sets("b.yaml", "%YAML 1.1\n---\na: no\n")).toEqual([{ a: "no" }]);
  });

  it("may use anchors and merge keys", async () => {
    expect(await sets("a.yaml", "chain:\n  - &base { lr: [1, 2], model: &m { width: 8 } }\n  - { <<: *base, lr: 3, other: *m }\n")).toEqual([{ lr: 3, model: { width: 8 }, other: { width: 8 } }]);
  });

  it("may begin with a byte order mark", async () => {
    expect(await sets("a.yaml", "\ufeffa: [1]\n")).toEqual([{ a: 1 }]);
    expect(await sets("a.json", '\ufeff{"a": [1]}')).toEqual([{ a: 1 }]);
  });

  it.each([
    ["a.yaml", "lr: [1, 2\nmodel: 3\n", /^a\.yaml:2:1 is no YAML that can be read: Flow sequence/],
    ["a.yaml", "lr: [1]\nlr: [2]\n", /^a\.yaml:2:1 is no YAML .*unique/],
    ["a.yaml", "a: [1]\n---\nb: [2]\n", /^a\.yaml:2:1 is no YAML .*multiple documents/],
    ["a.yaml", "a: !!timestamp 2020-01-01\n", /^a\.yaml:1:4 .*Unresolved tag/],
    ["a.yaml", "a: !!js/function 'x'\n", /^a\.yaml:1:4 .*Unresolved tag/],
    ["a.yaml", "a: !!set {x}\n", /^a\.yaml:1:4 .*Unresolved tag/],
    ["a.yaml", "m:\n  1: [2]\n", /^a\.yaml: \$\.m has the key 1, which is no text; put it in quotes/],
    ["a.yaml", "true: [2]\n", /^a\.yaml: \$ has the key true, which is no text/],
    ["a.yaml", "? [1, 2]\n: 3\n", /^a\.yaml: \$ has the key \[/],
    ["a.yaml", "a: [1, .nan]\n", /^a\.yaml: \$\.a\[1\] is NaN/],
    ["a.yaml", "a: [.inf]\n", /^a\.yaml: \$\.a\[0\] is Infinity/],
    ["a.yaml", "a: [9007199254740993]\n", /^a\.yaml: \$\.a\[0\] is 9007199254740993, too large for a JSON number; write it as text/],
    ["a.yaml", "a: &x { b: *x }\n", /^a\.yaml: \$\.a\.b.* is nested more than 512 deep/],
    ["a.yaml", "a: *x\n", /^a\.yaml has an alias that cannot be followed: .*x$/],
    ["a.yaml", 'a: "\\ud800"\n', /^a\.yaml: \$\.a holds half of a surrogate pair/],
    ["a.yaml", "", /^a\.yaml: \$ must be an object of axes/],
    ["a.yaml", "a: { b: [] }\n", /^a\.yaml: \$\.a\.b is an axis without values/],
    ["a.json", '{\n  "a": [1,]\n}', /^a\.json(:2:11)? is no JSON that can be read: Unexpected token/],
    ["a.json", "a: [1]", /^a\.json(:1:1)? is no JSON/],
    ["a.json", '{"a": [1]\n "b": 2}', /^a\.json:2:2 is no JSON/],
    ["a.json", "", /^a\.json is no JSON that can be read: Unexpected end/],
    ["a.json", '{"a": [1], "a": [2]}', /^a\.json:1:12 is no JSON .*unique/],
    ["a.json", '{"a": [9007199254740993]}', /^a\.json: \$\.a\[0\] is 9007199254740993, too large/],
    ["a.json", '{"a": [1e999]}', /^a\.json: \$\.a\[0\] is Infinity/],
  ])("names the place of the fault: %s with %j", async (name, content, message) => {
    await expect(readSweepFile(file(name, content))).rejects.toMatchObject({ code: "INVALID_VALUE", message: expect.stringMatching(message) as string });
  });

  it("is UTF-8 of a bounded length", async () => {
    await expect(readSweepFile(file("a.yaml", new Uint8Array([0x61, 0x3a, 0xff])))).rejects.toThrow("a.yaml is not UTF-8");
    await expect(readSweepFile(file("a.yaml", new Uint8Array(17 * 1_048_576)))).rejects.toThrow(/^a.yaml has 17825792 bytes, more than 16777216/);
  });

  it("cannot multiply aliases without bound", async () => {
    const levels = Array.from({ length: 9 }, (_, level) => `a${level + 1}: &a${level + 1} [${Array(10).fill(`*a${level}`).join(", ")}]`);
    await expect(readSweepFile(file("a.yaml", ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]", ...levels].join("\n")))).rejects.toThrow(/has an alias that cannot be followed: Excessive/);
  });

  it.each(["[", "{a: ", "- ", "? ", "[{a: "])("cannot bring the process down by nesting %j deeply", (open) => {
    const program = fileURLToPath(new URL("../../../../dist/src/ledgers/sweeps/file/read-sweep-file.js", import.meta.url));
    // With a process of its own: a parser that runs out of stack may take the process with it.
    const path = file("a.yaml", `a: \n  ${open.repeat(100_000)}`);
    const script = `const { readSweepFile } = await import(${JSON.stringify(program)}); try { await readSweepFile(${JSON.stringify(path)}) } catch (error) { console.log(error.message) }`;
    const { stdout, status } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^a\.yaml:2:\d+ is nested more than 512 deep/);
  });

  it("has one of the known extensions, and can be read", async () => {
    await expect(readSweepFile(file("a.toml", "a = [1]"))).rejects.toMatchObject({ field: "path", message: expect.stringMatching(/must end in \.yaml, \.yml or \.json/) as string });
    await expect(readSweepFile(join(temporaryFolder(), "none.yaml"))).rejects.toMatchObject({ field: "path", message: expect.stringMatching(/cannot be read: ENOENT/) as string });
    const folder = join(temporaryFolder(), "folder.yaml");
    mkdirSync(folder);
    await expect(readSweepFile(folder)).rejects.toMatchObject({ field: "path", message: expect.stringMatching(/no file/) as string });
    await expect(readSweepFile(7 as unknown as string)).rejects.toMatchObject({ field: "path" });
  });

  it("reads all JSON as JSON does", async () => {
    const safe = (_key: string, value: unknown): unknown => (Number.isInteger(value) && !Number.isSafeInteger(value) ? 0 : value);
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ noUnicodeString: false }), fc.constantFrom("", "  ", "\t"), async (value, space) => {
        const text = JSON.stringify(value, safe, space);
        expect(await parseYaml(text, "a.json", "json")).toEqual(JSON.parse(text));
      }),
    );
  });
});
