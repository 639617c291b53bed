import { readFileSync } from "node:fs";
import jsep from "jsep";
import { describe, expect, it } from "vitest";
import type { RunRecord } from "../../../../src/index.js";
import { readRunExpression } from "../../../../src/ledgers/runs/expressions/run-expression.js";

const record = {
  identifier: "train", relpath: "mnist", uid: "0012", status: "DONE", liveness: "ended", paramHash: "abc", note: "it's the best run",
  params: { lr: 0.1, name: "adam", width: "5", debug: false, deep: { "a.b": 7 }, layers: [64, 32], "batch-size": 32, "odd key": 1, none: null, split: "80/20", mode: "run", day: "2026-11-03" },
  metrics: { accuracy: 0.9, "val.acc": 0.5, "loss/train": 0.3, "top-5": 0.99, zero: 0 },
  files: { model: "m.pt" }, tags: ["best", "slow"], error: undefined,
  attempts: [{ started: "2026-11-02T10:00:00.000Z", lastBeat: "2026-11-02T11:00:00.000Z", ended: "2026-11-02T11:00:01.000Z", host: "h" }],
  history: [{ status: "PENDING", time: "2026-11-02T09:00:00.000Z", by: "w" }, { status: "DONE", time: "2026-11-02T11:00:01.500Z", by: "w" }],
} as unknown as RunRecord;

const holds = (text: string): boolean => readRunExpression(text).matches(record, Date.parse("2026-11-03T00:00:00Z"));

describe("an expression holds or not", () => {
  it.each<[string, boolean]>([
    // numbers and texts
    ["params.lr < 0.2", true], ["params.lr < 0.1", false], ["params.lr <= 0.1", true], ["params.lr == 0.10", true], ["params.lr = 1e-1", true],
    ["0.05 < params.lr and params.lr < 0.2", true], ["params.name == 'adam'", true], ["params.name == \"sgd\"", false], ["params.name < 'b'", true],
    ["params.name < 5", false], ["params.name > 5", false], ["params.width > 10", false], ["params.width >= 05", true], ["started > 2026 and started < 2027", true], ["params.lr < 'b'", false], ["params.lr == '0.1'", false],
    ["params.width == 5", true], ["params.width == '5'", true], ["params.width > 4 and true", true],
    ["params.lr > -1", true], ["params.lr == -(-0.1)", true], ["metrics.zero == -0", true],
    // words without quotes
    ["params.name = adam and params.lr = 0.1", true], ["status in [DONE, ERROR]", true], ["status in [RUNNING]", false], ["params.mode = run and true", true],
    ["lower(status) = done", true], ["run = 'train/mnist/0012'", true],
    // joining
    ["params.lr = 1 or params.name = adam", true], ["params.lr = 1 || params.name = 'adam' && status = ERROR", false], ["!(params.lr = 1)", true],
    ["not (params.lr = 1)", true], ["not params.debug", true], ["NOT (status = ERROR) AND params.lr < 1 OR false", true], ["not not true", true],
    // calculation
    ["params.lr * 10 + 1 == 2", true], ["params.lr + params.deep['a.b'] > 7", true], ["metrics.accuracy - metrics.val.acc > 0.3", true], ["7 % 2 = metrics.zero + 1", true],
    ["params.lr / 0 > 0", false], ["params.name + 1 > 0", false], ["duration / 3600000 > 1", true],
    // lists, parts
    ["'best' in tags", true], ["best in tags", true], ["tags contains slow", true], ["tags contains 'x'", false], ["note contains 'best'", true], ["'best r' in note", true],
    ["tags = best", true], ["tags != best", false], ["len(tags) = 2", true], ["len(params.name) > 3", true], ["params.layers == [64, 32]", true], ["params.layers == [64]", false],
    ["64 in params.layers", true], ["params.lr in [0.1, 0.2]", true], ["params.layers = 32", true],
    // keys
    ["params['odd key'] = 1", true], ["params[\"batch-size\"] > 16", true], ["params.deep.a.b = 7", true], ["metrics[\"loss/train\"] < 1", true], ["attempts[0].host = h and true", true],
    ["history[0].status = PENDING and true", true],
    // what is not there
    ["params.gone < 1 or params.gone >= 1 or params.gone == 1", false], ["params.gone != 1", true], ["params.gone == params.gone", false], ["not (params.gone = 1)", true],
    ["params.gone == null", true], ["params.none == null", true], ["params.none != null", false], ["metrics.accuracy != null", true], ["null == params.gone", true],
    ["metrics.accuracy", true], ["metrics.zero", true], ["params.gone", false], ["params.none", false], ["params.debug", false], ["params.gone in [1]", false],
    // times
    ["started > '2026-11-01'", true], ["started > '2026-11-03'", false], ["created < started and ended > started and true", false], ["active > '2026-11-02T11:00:01'", true],
    // uids are numbers as well
    ["uid = 12", true], ["uid > 9", true], ["uid = '0012'", true], ["uid in ['0012']", true],
    // nothing inherited
    ["params.constructor != null", false], ["params.__proto__ != null", false], ["params['__proto__'].toString != null", false], ["status.length > 0", false], ["tags.length > 0", true],
  ])("%s", (text, expected) => expect(holds(text)).toBe(expected));

  it.each<[string, boolean]>([
    ["params.lr=0.1", true], ["params.lr!=0.1", false], ["params.lr<0.2", true], ["params.lr>=0.1", true], ["params.lr>0.1", false], [" params.lr = 0.1 ", true],
    ["params.name=adam", true], ["params.name==adam", true], ["params.name=\"adam\"", true], ["params.width=5", true], ["params.none2=1", false], ["params.none2!=1", true], ["tags=best", true], ["tags=x", false],
    ["metrics.val.acc>0.4", true], ["status=DONE", true], ["run=train/mnist/0012", true], ["params.lr>x", false], ["metrics.gone<1", false], ["metrics.accuracy!=null", true],
    ["params.batch-size=32", true], ["metrics.loss/train<0.4", true], ["metrics.top-5>0.9", true], ["params.odd key=1", true], ["params.split=80/20", true], ["params.day=2026-11-03", true],
    ["started>2026-11-01", true], ["started>2026-11-03", false], ["note=it's the best run", true], ["params.layers=[64,32]", true], ["params.deep={\"a.b\":7}", true], ["params.mode=run", true],
    ["metrics.accuracy>metrics.val.acc", true], ["metrics.accuracy<metrics.val.acc", false], ["params.lr*10>0.5", true], ["params.lr < metrics.accuracy - 0.1", true], ["params.lr<0.2&&status=DONE", true],
    ["params.lr=9007199254740993", false], ["started>=2026", true], ["note=", false], ["note!=", true], ["params.width>10", false],
  ])("in its short form: %s", (text, expected) => expect(holds(text)).toBe(expected));
});

describe("an expression that is none", () => {
  it.each<[string, number, RegExp]>([
    ["", 1, /no condition/], ["   ", 1, /no condition/], ["params.lr <", 12, /expected expression/], ["params.lr < < 0.1", 13, /expected expression/], ["(params.lr < 1", 15, /unclosed \(/],
    ["params.lr < 0.1 params.x > 2", 17, /unexpected "params"/], ["params.lr < 0.1 adn true", 17, /unexpected "adn"/], ["params.name = 'adam", 20, /unclosed quote/], ["params.lr < 1 ; status", 15, /unexpected ";"/],
    ["params.lr < 10s and true", 15, /cannot start with a number/],
    ["metric.accuracy > 0.9", 1, /metric\.accuracy is no field of a run; did you mean metrics\.accuracy\?/], ["true and stauts = DONE", 10, /did you mean status\?/],
    ["lr < 0.1", 1, /did you mean params\.lr or metrics\.lr\?/], ["lr", 1, /did you mean params\.lr/], ["status = DONE or ERROR", 18, /ERROR is no field/],
    ["params.batch-size = 32 and true", 14, /size is no field/],
    ["0.1", 1, /no condition/], ["'a'", 1, /no condition/], ["params.lr + 1", 11, /no condition/], ["[1]", 1, /no condition/], ["true and 1", 10, /no condition/],
    ["0.1 < params.lr < 0.5", 5, /no value to compare/], ["params.lr = 1 = true", 11, /no value to compare/], ["1 < 2", 3, /two fixed values/], ["'DONE' == status", 8, /two fixed values/], ["1 in [1]", 3, /needs a field/], ["params.lr in 5", 11, /looks into a list/],
    ["not params.lr < 0.1", 1, /not \(a = b\)/], ["!params.lr == 1 or true", 1, /not \(a = b\)/],
    ["params.x = [1, params.lr] and true", 12, /no fields/], ["params.x = [1,,2] and true", 14, /empty place/],
    ["constructor('x')() = 1", 1, /only the functions len and lower/], ["params.lr.toString() = 1", 1, /only the functions/], ["len() > 1", 1, /takes one value/], ["len(params.a, params.b) > 1", 1, /takes one value/], ["hasOwnProperty(params) = 1", 1, /only the functions/],
    ["this.status = 1", 1, /is no field/], ["params[status] = 1", 7, /key in quotes/], ["params?.lr = 1", 1, /is no field|unexpected/], ["params.lr ? 1 : 2", 11, /unexpected/], ["params.lr | 1", 11, /unexpected/], ["params.lr === 1", 13, /expected expression/],
    ["`a` = params.lr", 1, /./], ["/a/ = params.lr", 1, /./], ["(params.lr, 1) = 1", 11, /./], ["a => 1", 4, /./], ["params.x = 1 and started > 2026-11-01", 28, /in quotes/],
    [`${"(".repeat(51)}true${")".repeat(51)}`, 51, /50 deep/], [`params.lr = 1 or ${" ".repeat(2000)}true`, 2001, /at most 2000/], [`${"!".repeat(1500)}true`, 1, /too deep/],
  ])("%s is refused at column %i", (text, column, problem) => {
    expect(() => readRunExpression(text)).toThrow(expect.objectContaining({ code: "INVALID_OPTION", field: "where", column, problem: expect.stringMatching(problem) as string }) as Error);
  });
});

describe("the parser, which is one for the whole process,", () => {
  it("is left as it was found, also after an error", () => {
    const before = JSON.stringify(jsep("a ?? b ? c : d"));
    readRunExpression("params.lr = 1 or not (params.x contains y)");
    expect(() => readRunExpression("a or or b")).toThrow();
    expect(JSON.stringify(jsep("a ?? b ? c : d"))).toBe(before);
    expect(() => jsep("a contains b = c")).not.toThrow(/contains/);
    expect(jsep("a contains")).toMatchObject({ type: "Compound" });
  });

  it("counts as fresh, whatever it was taught by others", () => {
    jsep.addBinaryOp("=>>", 1);
    jsep.addLiteral("lots", 1000);
    try {
      expect(() => readRunExpression("params.lr =>> 1 and true")).toThrow();
      expect(() => readRunExpression("lots < 1 or true")).toThrow(/lots is no field/);
    } finally {
      jsep.removeBinaryOp("=>>");
      jsep.removeLiteral("lots");
    }
  });
});

it("names the fields that it looks at", () => {
  expect(readRunExpression("params.lr < 1 and len(tags) > 1 and not (metrics['a b'] in [1])").fields).toEqual([["params", "lr"], ["tags"], ["metrics", "a b"]]);
  expect(readRunExpression("params.batch-size=32").fields).toEqual([["params", "batch-size"]]);
});

const page = readFileSync(new URL("../../../../docs/expressions.md", import.meta.url), "utf8");
const shown = [...page.matchAll(/^```text\n([\s\S]*?)^```$/gm)].flatMap(([, block = ""]) => block.trim().split("\n"));

it("docs/expressions.md shows many", () => expect(shown.length).toBeGreaterThan(10));

it.each(shown)("docs/expressions.md shows one that can be read: %s", (text) => {
  expect(readRunExpression(text).fields.length).toBeGreaterThan(0);
});
