import { describe, expect, it } from "vitest";
import { InvalidOptionError, IncompatibleHashError, UnhashablePartError } from "../../../../src/base/errors.js";
import { ExperimentHashGenerator } from "../../../../src/ledgers/checkpoints/hashing/experiment-hash-generator.js";
import { hashExperiment } from "../../../../src/ledgers/checkpoints/hashing/hash-experiment.js";
import { settings } from "./settings.js";

const model = { layers: [{ kind: "dense", units: 4 }] };
const config = { lr: 0.001, batch_size: 32 };

describe("generating hashes", () => {
  it("takes the parts one after another or by name", () => {
    const generator = new ExperimentHashGenerator();
    const hash = generator.generateHash(model, config);
    expect(hash).toMatch(/^[0-9a-f]{16}0{8}$/);
    expect(generator.generateHash({ model, config })).toBe(hash);
    expect(generator.generateHash({ config, model, dataState: null })).toBe(hash);
    expect(generator.generateHash()).toBe("0".repeat(24));
  });

  it("takes a single argument that is something else for a model", () => {
    const generator = new ExperimentHashGenerator();
    expect(generator.generateHash(model)).toBe(generator.generateHash({ model }));
    expect(generator.generateHash({})).toBe(generator.generateHash({ model: {} }));
    const odd = { model, layers: [] };
    expect(generator.generateHash(odd)).toBe(generator.generateHash({ model: odd }));
    expect(generator.generateHash({ config }, undefined)).toBe(generator.generateHash({ model: { config } }));
  });

  it("excludes keys by name", () => {
    const generator = new ExperimentHashGenerator({ excludeKeys: ["log_dir"] });
    expect(generator.generateHash(undefined, { ...config, log_dir: "/a" })).toBe(generator.generateHash(undefined, { ...config, log_dir: "/b" }));
  });

  it("asks the caller's adapters first", () => {
    class Net {
      width = 4;
    }
    expect(() => new ExperimentHashGenerator().generateHash(new Net())).toThrow(UnhashablePartError);
    const adapters = [{ name: "net", accepts: (one: unknown) => one instanceof Net, describe: (one: unknown) => ({ algorithm: "net-1", json: { width: (one as Net).width } }) }];
    expect(new ExperimentHashGenerator({ adapters }).generateHash(new Net())).toMatch(/^(?!0{8})/);
  });

  it("refuses options that are none", () => {
    expect(() => new ExperimentHashGenerator({ excludeKeys: "lr" as unknown as string[] })).toThrow(InvalidOptionError);
    expect(() => new ExperimentHashGenerator({ exclude: ["lr"] } as never)).toThrow(/"exclude"/);
    expect(() => new ExperimentHashGenerator({ adapters: [{}] as never })).toThrow(/adapters\[0\]/);
    expect(() => new ExperimentHashGenerator({ adapters: {} as never })).toThrow(/must be a list/);
    expect(() => new ExperimentHashGenerator().generateHash({ dataState: { uids: [] }, activeDataUids: [] })).toThrow(/activeDataUids/);
  });
});

describe("what changed", () => {
  it("is what differs from the last hash, as often as one asks", () => {
    const generator = new ExperimentHashGenerator();
    generator.generateHash(model, config);
    expect(generator.hasChanged(model, config)).toEqual([false, new Set()]);
    for (let time = 0; time < 2; time += 1) {
      expect(generator.hasChanged(model, { ...config, lr: 0.1 })).toEqual([true, new Set(["config"])]);
      expect(generator.hasChanged({ model: { layers: [] }, config: {} })).toEqual([true, new Set(["model", "config"])]);
    }
    expect(generator.getLastHash()).toBe(new ExperimentHashGenerator().generateHash(model, config));
  });

  it("is a part that is gone, and one that is new", () => {
    const generator = new ExperimentHashGenerator();
    generator.generateHash(model, config);
    expect(generator.hasChanged(model)).toEqual([true, new Set(["config"])]);
    generator.generateHash(model);
    expect(generator.hasChanged(model, config)).toEqual([true, new Set(["config"])]);
  });

  it("is everything that is given at first", () => {
    const generator = new ExperimentHashGenerator();
    expect(generator.hasChanged(model, config)).toEqual([true, new Set(["model", "config"])]);
    expect(generator.hasChanged()).toEqual([false, new Set()]);
    expect(generator.getLastHash()).toBeUndefined();
  });

  it("leaves the last hash as it was when a part cannot be hashed", () => {
    const generator = new ExperimentHashGenerator();
    const hash = generator.generateHash(model, config);
    expect(() => generator.generateHash(model, { lr: Number.NaN })).toThrow(UnhashablePartError);
    expect(() => generator.hasChanged(model, { lr: Number.NaN })).toThrow(UnhashablePartError);
    expect(generator.getLastHash()).toBe(hash);
  });
});

describe("component hashes", () => {
  it("are the parts of the last hash, and zeros for what is missing", () => {
    const generator = new ExperimentHashGenerator();
    expect(generator.getComponentHashes()).toEqual({ model: "00000000", config: "00000000", data: "00000000", combined: "0".repeat(24) });
    const combined = generator.generateHash(model, config);
    expect(generator.getComponentHashes()).toEqual({ model: combined.slice(0, 8), config: combined.slice(8, 16), data: "00000000", combined });
  });
});

describe("restoring hashes", () => {
  const hash = new ExperimentHashGenerator().generateHash(model, config);

  it("goes on from a whole hash", () => {
    const generator = new ExperimentHashGenerator();
    generator.restoreHashes(hash);
    expect(generator.getLastHash()).toBe(hash);
    expect(generator.hasChanged(model, config)).toEqual([false, new Set()]);
    expect(generator.hasChanged(model, {})).toEqual([true, new Set(["config"])]);
    expect(generator.hasChanged(model)).toEqual([true, new Set(["config"])]);
  });

  it("puts a whole together from parts, and parts from a whole", () => {
    const generator = new ExperimentHashGenerator();
    generator.restoreHashes({ model: "a1b2c3d4", config: "e5f6g7h8", data: "i9j0k1l2" });
    expect(generator.getLastHash()).toBe("a1b2c3d4e5f6g7h8i9j0k1l2");
    generator.restoreHashes({ model: "a1b2c3d4" }, "a1b2c3d4e5f6g7h8i9j0k1l2");
    expect(generator.getComponentHashes()).toEqual({ model: "a1b2c3d4", config: "e5f6g7h8", data: "i9j0k1l2", combined: "a1b2c3d4e5f6g7h8i9j0k1l2" });
    generator.restoreHashes({ combined: "a1b2c3d4e5f6g7h8i9j0k1l2" });
    expect(generator.getComponentHashes().data).toBe("i9j0k1l2");
    generator.restoreHashes({ config: "e5f6g7h8" });
    expect(generator.getLastHash()).toBe("00000000e5f6g7h800000000");
  });

  it("takes what getComponentHashes gave", () => {
    const [one, other] = [new ExperimentHashGenerator(), new ExperimentHashGenerator()];
    one.generateHash(model, config);
    other.restoreHashes(one.getComponentHashes());
    expect(other.getComponentHashes()).toEqual(one.getComponentHashes());
    expect(other.hasChanged(model, config)).toEqual([false, new Set()]);
  });

  it("decides on whole digests where they are given", () => {
    const { parts } = hashExperiment({ model, config }, settings());
    const generator = new ExperimentHashGenerator();
    generator.restoreHashes(parts);
    expect(generator.getLastHash()).toBe(hash);
    expect(generator.hasChanged(model, config)).toEqual([false, new Set()]);
    const digest = `${parts.config?.digest.slice(0, 8)}${"0".repeat(24)}`;
    generator.restoreHashes({ ...parts, config: { digest, algorithm: "config-1" } });
    expect(generator.getLastHash()).toBe(hash);
    expect(generator.hasChanged(model, config)).toEqual([true, new Set(["config"])]);
  });

  it("refuses what is no hash, or contradicts itself, and keeps the last one", () => {
    const generator = new ExperimentHashGenerator();
    generator.restoreHashes(hash);
    expect(() => generator.restoreHashes("a1b2c3d4e5f6g7h8")).toThrow(IncompatibleHashError);
    expect(() => generator.restoreHashes({}, "")).toThrow(IncompatibleHashError);
    expect(() => generator.restoreHashes(null as never)).toThrow(IncompatibleHashError);
    expect(() => generator.restoreHashes({ model: "a1b2" })).toThrow(/"model" must be 8 characters/);
    expect(() => generator.restoreHashes({ model: "ffffffff", combined: hash })).toThrow(/"model" is ffffffff, and in the combined hash it is/);
    expect(generator.getLastHash()).toBe(hash);
  });
});
