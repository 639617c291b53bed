import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UnhashablePartError } from "../../../../src/base/errors.js";
import { canonicalJson } from "../../../../src/events/canonical-json.js";
import type { JsonObject } from "../../../../src/events/recorded-event.js";
import { digestOfArchitecture, digestOfJson, partAlgorithms, rehash } from "../../../../src/ledgers/checkpoints/hashing/algorithms.js";
import { hashExperiment, inTermsOf } from "../../../../src/ledgers/checkpoints/hashing/hash-experiment.js";
import type { ExperimentInputs } from "../../../../src/ledgers/checkpoints/hashing/hash-experiment.js";
import type { ModelAdapter } from "../../../../src/ledgers/checkpoints/models/model-adapter.js";
import { settings } from "./settings.js";

const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");
const hashed = (inputs: ExperimentInputs, excludeKeys: readonly string[] = []) => hashExperiment(inputs, settings({ excludeKeys }));

function refusal(inputs: ExperimentInputs, given = settings()): UnhashablePartError {
  try {
    hashExperiment(inputs, given);
  } catch (error) {
    if (error instanceof UnhashablePartError) return error;
    throw error;
  }
  throw new Error("it was hashed");
}

describe("hashing an experiment", () => {
  it("gives zeros for what is missing, and only for that", () => {
    expect(hashed({}).hash).toBe("0".repeat(24));
    expect(hashed({ model: null, config: undefined }).hash).toBe("0".repeat(24));
    expect(hashed({ config: {} }).hash).toMatch(/^0{8}(?!0{8})[0-9a-f]{8}0{8}$/);
    expect(hashed({}).parts).toEqual({});
  });

  it("digests a configuration as anybody with its canonical JSON and SHA-256 would", () => {
    const { parts, hash } = hashed({ config: { lr: 0.001, batch_size: 32 } });
    const digest = sha256('{"batch_size":32,"lr":0.001}').slice(0, 32);
    expect(parts.config).toEqual({ digest, algorithm: "config-1" });
    expect(hash).toBe(`00000000${digest.slice(0, 8)}00000000`);
  });

  it("digests a model along with what described it", () => {
    const { parts } = hashed({ model: { layers: [{ kind: "dense", units: 4 }] } });
    expect(parts.model?.digest).toBe(sha256(canonicalJson({ algorithm: parts.model?.algorithm, json: { layers: [{ kind: "dense", units: 4 }] } })).slice(0, 32));
  });

  it("does not see the order of keys, and sees that of lists", () => {
    expect(hashed({ config: { a: { x: 1, y: 2 }, b: 1 } }).hash).toBe(hashed({ config: { b: 1, a: { y: 2, x: 1 } } }).hash);
    expect(hashed({ config: { a: [1, 2] } }).hash).not.toBe(hashed({ config: { a: [2, 1] } }).hash);
  });

  it("keeps what was hashed when the live object changes, and nobody can change what is kept", () => {
    const config = { optimizer: { lr: 0.1 }, sizes: [1, 2] };
    const { contents, parts } = hashed({ config });
    config.optimizer.lr = 0.9;
    config.sizes.push(3);
    expect(contents.config?.json).toEqual({ optimizer: { lr: 0.1 }, sizes: [1, 2] });
    expect(rehash("config", "config-1", contents.config ?? {})).toBe(parts.config?.digest);
    const kept = contents.config?.json as unknown as typeof config;
    expect(() => kept.sizes.push(3)).toThrow(TypeError);
    expect(() => (kept.optimizer.lr = 1)).toThrow(TypeError);
    expect(() => ((kept as Record<string, unknown>)["more"] = 1)).toThrow(TypeError);
  });

  it("rehashes every content it gives to the digest it gave", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()), (config, model) => {
        const { parts, contents } = hashed({ config, model });
        expect(rehash("config", parts.config?.algorithm ?? "", contents.config ?? {})).toBe(parts.config?.digest);
        expect(rehash("model", parts.model?.algorithm ?? "", contents.model ?? {})).toBe(parts.model?.digest);
      }),
    );
  });
});

describe("keys that are excluded", () => {
  it("do not matter, whatever they hold, and are told", () => {
    const plain = hashed({ config: { lr: 0.1 } });
    const runtime = hashed({ config: { pause: () => true, lr: 0.1, rootLogDir: new Map() } }, ["rootLogDir", "pause", "never there"]);
    expect(runtime.hash).toBe(plain.hash);
    expect(runtime.contents.config?.json).toEqual({ lr: 0.1 });
    expect(runtime.excluded).toEqual(["pause", "rootLogDir"]);
    expect(plain.excluded).toEqual([]);
  });

  it("are only those that stand outermost", () => {
    expect(hashed({ config: { a: { pause: 1 } } }, ["pause"]).hash).not.toBe(hashed({ config: { a: {} } }, ["pause"]).hash);
  });

  it("do not make something acceptable that was not", () => {
    class Config {
      lr = 1;
      pause = true;
    }
    expect(refusal({ config: new Config() }, settings({ excludeKeys: ["pause"] })).message).toContain("an instance of Config");
    const withGetter = { pause: true, get lr(): number { throw new Error("ran"); } };
    expect(refusal({ config: withGetter }, settings({ excludeKeys: ["pause"] })).path).toBe("$.lr");
  });
});

describe("a part that cannot be hashed", () => {
  it.each<[string, ExperimentInputs, string, string, RegExp]>([
    ["a number that is none", { config: { opt: { lr: Number.NaN } } }, "config", "$.opt.lr", /NaN/],
    ["infinity in a list", { config: { sizes: [1, Infinity] } }, "config", "$.sizes[1]", /Infinity/],
    ["a function", { config: { loss: () => 1 } }, "config", "$.loss", /function/],
    ["a set", { config: { tags: new Set([1]) } }, "config", "$.tags", /a Set \(use an array\)/],
    ["a date", { config: { at: new Date(0) } }, "config", "$.at", /Date/],
    ["a typed array", { config: { w: new Float32Array(2) } }, "config", "$.w", /Float32Array/],
    ["a hole", { config: { list: [1, , 2] } }, "config", "$.list[1]", /hole/],
    ["a bigint", { config: { seed: 1n } }, "config", "$.seed", /BigInt/],
    ["half a surrogate pair", { config: { name: "\ud800" } }, "config", "$.name", /surrogate/],
    ["a map as the whole", { config: new Map() }, "config", "$", /Map/],
    ["a list as the whole", { config: [1] }, "config", "$", /must be an object, not an array/],
    ["a text as the whole", { config: "lr=1" }, "config", "$", /must be an object/],
    ["a model of no kind", { model: 7 }, "model", "$", /a number, which none of/],
    ["a model with weights in it", { model: { layers: [{ kernel: new Float32Array(3) }] } }, "model", "$.layers[0].kernel", /Float32Array/],
  ])("%s: names the part and the place", (_, inputs, part, path, problem) => {
    const error = refusal(inputs);
    expect(error).toMatchObject({ code: "UNHASHABLE_PART", part, path });
    expect(error.message).toMatch(problem);
    expect(error.message.split(path)).toHaveLength(2);
  });

  it("is a cycle, too", () => {
    const config: Record<string, unknown> = {};
    config["self"] = { config };
    expect(refusal({ config })).toMatchObject({ part: "config", path: "$.self.config" });
  });

  it("is what an adapter fails at", () => {
    const failing: ModelAdapter = { name: "mine", accepts: () => true, describe: () => { throw new Error("no layers"); } };
    const error = refusal({ model: {} }, settings({ models: [failing] }));
    expect(error.message).toContain("cannot be described by mine: no layers");
    expect((error.cause as Error).message).toBe("no layers");
    const nameless: ModelAdapter = { name: "mine", accepts: () => true, describe: () => ({ algorithm: "", json: {} }) };
    expect(refusal({ model: {} }, settings({ models: [nameless] })).message).toContain("whose name is empty");
  });

  it.each<[string, () => unknown, string]>([
    ["nothing", () => undefined, "mine gives undefined"],
    ["a text", () => "dense", 'mine gives "dense"'],
    ["a text for an architecture", () => ({ algorithm: "mine-1", json: "dense" }), 'must be described by an object, not "dense"'],
    ["a list for an architecture", () => ({ algorithm: "mine-1", json: [1] }), "must be described by an object, not [1]"],
  ])("is a model for which an adapter gives %s", (_, describe, problem) => {
    const odd = { name: "mine", accepts: () => true, describe } as unknown as ModelAdapter;
    expect(refusal({ model: {} }, settings({ models: [odd] }))).toMatchObject({ part: "model", path: "$", message: expect.stringContaining(problem) as string });
  });

  it("is a model that an adapter fails to look at", () => {
    const failing: ModelAdapter = { name: "mine", accepts: () => { throw new Error("disposed"); }, describe: () => ({ algorithm: "mine-1", json: {} }) };
    expect(refusal({ model: {} }, settings({ models: [failing] })).message).toContain("cannot be looked at by mine: disposed");
  });
});

describe("adapters", () => {
  it("are asked in their order, and their name is part of the digest", () => {
    const says = (name: string): ModelAdapter => ({ name, accepts: (model) => model === name || model === "both", describe: () => ({ algorithm: `${name}-1`, json: { a: 1 } }) });
    const models = [says("one"), says("two")];
    const of = (model: string) => hashExperiment({ model }, settings({ models })).parts.model;
    expect(of("both")).toEqual(of("one"));
    expect(of("one")?.algorithm).toBe("one-1");
    expect(of("one")?.digest).not.toBe(of("two")?.digest);
    expect(of("two")?.digest).toBe(digestOfArchitecture("two-1", { a: 1 }));
  });
});

describe("when the algorithm changes", () => {
  const former = (json: unknown): string => sha256(`former:${canonicalJson(json)}`).slice(0, 32);
  const algorithms = { ...partAlgorithms, config: { ...partAlgorithms.config, "config-0": ({ json }: { readonly json?: unknown }) => former(json) } };
  const config: JsonObject = { lr: 0.1 };

  it("digests of earlier still verify", () => {
    expect(rehash("config", "config-0", { json: config }, algorithms)).toBe(former(config));
    expect(rehash("config", "config-1", { json: config }, algorithms)).toBe(digestOfJson(config));
    expect(rehash("config", "config-0", { json: { lr: 0.2 } }, algorithms)).not.toBe(former(config));
  });

  it("says of an algorithm that it does not know nothing", () => {
    expect(rehash("config", "config-0", { json: config })).toBeUndefined();
    expect(rehash("config", "toString", { json: config })).toBeUndefined();
    expect(rehash("config", "config-1", {})).toBeUndefined();
  });

  it("what is the same keeps the digest that the log has, and what is not gets a new one", () => {
    const known = { config: { digest: former(config), algorithm: "config-0" } };
    const same = inTermsOf(hashed({ config }), known, algorithms);
    expect(same.parts).toEqual(known);
    expect(same.hash.slice(8, 16)).toBe(known.config.digest.slice(0, 8));
    const other = hashed({ config: { lr: 0.2 } });
    expect(inTermsOf(other, known, algorithms)).toEqual(other);
    // Of an algorithm that nobody knows any more nothing can be said: it is another part.
    expect(inTermsOf(hashed({ config }), known)).toEqual(hashed({ config }));
    expect(inTermsOf(hashed({}), known, algorithms).parts).toEqual({});
  });
});
