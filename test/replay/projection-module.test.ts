import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { openMemoryDaybook } from "../../src/testing.js";
import { projectionFile } from "../support/projection-file.js";

const one = (name: string, more = ""): string => `{ name: "${name}", version: 1, initialState: 0, evolve: (count) => count + 1, ${more} }`;

describe("a module with projections", () => {
  it("makes every projection known that it exports, alone or in an array, once, and its event types", async () => {
    await using book = await openMemoryDaybook();
    const file = projectionFile(`
      export const total = ${one("total", `types: ["note.taken"]`)};
      export const more = [total, ${one("other")}];
      export default ${one("main")};
      export const limit = 3, nothing = null;
      export function helper() {}
      export const eventTypes = { "note.taken": { version: 2, upcasters: { 1: (data) => ({ ...data, old: true }) } } };
    `);
    expect((await book.loadProjections(file)).sort()).toEqual(["main", "other", "total"]);
    expect(book.views).toEqual(expect.arrayContaining(["main", "other", "total"]));
    // Again changes nothing: it is the same module.
    await book.loadProjections(pathToFileURL(file));
    await book.log.append({ stream: "note/1", type: "note.taken", data: {}, v: 1 });
    for await (const { v, data } of book.log.read()) expect([v, data]).toEqual([2, { old: true }]);
    expect(await book.view("total")).toBe(1);
  });

  it("may be what a compiler makes in CommonJS", async () => {
    await using book = await openMemoryDaybook();
    const file = projectionFile(`module.exports = { total: ${one("total")}, list: [${one("other")}] };`, "projections.cjs");
    expect((await book.loadProjections(file)).sort()).toEqual(["other", "total"]);
  });

  it.each([
    ["is not there", "", /cannot be imported: there is no such file/],
    ["does not parse", "export const a = ;", /cannot be imported: /],
    ["throws", `throw new Error("no database");`, /cannot be imported: Error: no database/],
    ["exports none", "export const a = 1;", /exports no projection/],
    ["exports one that is none", `export const a = { name: "Bad", version: 1, evolve() {} };`, /exports as a what is no projection: .*"Bad" is no name/],
    ["exports one that is none in an array", `export const a = [{ name: "a", evolve() {} }];`, /exports as a\[0\] what is no projection: .*version/],
    ["has two of a name", `export const a = ${one("a")}, b = ${one("a")};`, /two projections of the name "a"/],
    ["has event types that are none", `export const a = ${one("a")}, eventTypes = 3;`, /eventTypes/],
  ])("that %s is refused by its name, and says why", async (_, text, message) => {
    await using book = await openMemoryDaybook();
    const file = text === "" ? "/nowhere/projections.mjs" : projectionFile(text);
    const refused: unknown = await book.loadProjections(file).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "PROJECTIONS_UNREADABLE", file, message: expect.stringMatching(message) as string });
    expect((refused as Error).message.startsWith(file)).toBe(true);
  });

  it("cannot take a name that is taken", async () => {
    await using book = await openMemoryDaybook();
    await expect(book.loadProjections(projectionFile(`export const runs = ${one("runs")};`))).rejects.toMatchObject({ code: "INVALID_OPTION", field: "projection" });
    await expect(book.loadProjections("")).rejects.toMatchObject({ code: "INVALID_OPTION", field: "file" });
  });
});
