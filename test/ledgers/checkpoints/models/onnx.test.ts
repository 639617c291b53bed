import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRequire } from "node:module";
import { Writer } from "protobufjs/minimal.js";
import type { onnx as Onnx } from "onnx-proto";
import { afterAll, describe, expect, it } from "vitest";
import { canonicalJson } from "../../../../src/events/canonical-json.js";
import { builtInModels } from "../../../../src/ledgers/checkpoints/models/built-in.js";
import { describeModelFile } from "../../../../src/ledgers/checkpoints/models/describe-model-file.js";
import { describeOnnx } from "../../../../src/ledgers/checkpoints/models/onnx/describe-onnx.js";
import { encodeSafetensors } from "../../../../src/ledgers/checkpoints/models/safetensors/write-safetensors.js";

const { onnx } = createRequire(import.meta.url)("onnx-proto") as { onnx: typeof Onnx };
const folder = mkdtempSync(join(tmpdir(), "models-"));
afterAll(() => rmSync(folder, { recursive: true }));

const value = (name: string, size: number, elemType = 1): Onnx.IValueInfoProto => ({ name, type: { tensorType: { elemType, shape: { dim: [{ dimParam: "batch" }, { dimValue: size }] } } } });

/** A model, of which `change` may change anything. */
function file(change: (model: Onnx.IModelProto & { graph: Onnx.IGraphProto }) => void = () => undefined): Uint8Array {
  const model = {
    irVersion: 8,
    producerName: "tester",
    opsetImport: [{ domain: "", version: 15 }],
    graph: {
      name: "net",
      node: [
        { input: ["x", "w"], output: ["h"], name: "first", opType: "MatMul" },
        { input: ["h"], output: ["r"], name: "act", opType: "LeakyRelu", attribute: [{ name: "alpha", type: 1, f: 0.5 }] },
        { input: ["r"], output: ["y"], name: "pool", opType: "Pool", attribute: [{ name: "kernel", type: 7, ints: [3, 3] }, { name: "mode", type: 3, s: Buffer.from("same") }, { name: "fill", type: 4, t: { dims: [1], dataType: 1, rawData: Buffer.from([0, 0, 128, 63]) } }] },
      ],
      initializer: [{ name: "w", dims: [3, 2], dataType: 1, rawData: Buffer.alloc(24, 1) }],
      input: [value("x", 3)],
      output: [value("y", 2)],
    },
  } satisfies Onnx.IModelProto;
  change(model);
  return onnx.ModelProto.encode(model).finish();
}
const text = (bytes: Uint8Array): string => canonicalJson(describeOnnx(bytes));

describe("an ONNX file", () => {
  it("is described by its graph", () => {
    expect(describeOnnx(file()).json).toMatchObject({
      format: "onnx",
      operatorSets: [{ version: 15 }],
      initializers: [{ name: "w", shape: [3, 2], dtype: "FLOAT" }],
      inputs: [{ name: "x", dtype: "FLOAT", shape: ["batch", 3] }],
      layers: [{ kind: "MatMul", inputs: ["x", "w"], outputs: ["h"] }, { attributes: { alpha: { value: 0.5 } } }, { attributes: { kernel: { value: [3, 3] }, mode: { value: "same" }, fill: { value: { shape: [1], dtype: "FLOAT" } } } }],
    });
  });

  const same: [string, Parameters<typeof file>[0]][] = [
    ["the data of initialisers", ({ graph }) => void (graph.initializer = [{ name: "w", dims: [3, 2], dataType: 1, floatData: [1, 2, 3, 4, 5, 6] }])],
    ["texts for people", (model) => void Object.assign(model, { docString: "new", producerName: "other", modelVersion: 7 })],
  ];
  it.each(same)("is the same whatever %s are", (_, change) => {
    expect(text(file(change))).toBe(text(file()));
  });

  const node = (graph: Onnx.IGraphProto, at: number): Onnx.INodeProto => graph.node?.[at] as Onnx.INodeProto;
  const other: [string, Parameters<typeof file>[0]][] = [
    ["a node more", ({ graph }) => void graph.node?.push({ input: ["y"], output: ["z"], opType: "Relu" })],
    ["an operator", ({ graph }) => void (node(graph, 0).opType = "Gemm")],
    ["a connection", ({ graph }) => void (node(graph, 0).input = ["w", "x"])],
    ["an attribute", ({ graph }) => void ((node(graph, 1).attribute as Onnx.IAttributeProto[])[0] = { name: "alpha", type: 1, f: 0.25 })],
    ["a list", ({ graph }) => void ((node(graph, 2).attribute as Onnx.IAttributeProto[])[0] = { name: "kernel", type: 7, ints: [3, 5] })],
    ["a constant", ({ graph }) => void ((node(graph, 2).attribute as Onnx.IAttributeProto[])[2] = { name: "fill", type: 4, t: { dims: [1], dataType: 1, rawData: Buffer.from([0, 0, 0, 64]) } })],
    ["a graph within it", ({ graph }) => void (node(graph, 0).attribute = [{ name: "body", type: 5, g: { node: [{ opType: "Add" }] } }])],
    ["the shape of an initialiser", ({ graph }) => void (graph.initializer = [{ name: "w", dims: [2, 3], dataType: 1, rawData: Buffer.alloc(24, 1) }])],
    ["its dtype", ({ graph }) => void (graph.initializer = [{ name: "w", dims: [3, 2], dataType: 6, rawData: Buffer.alloc(24, 1) }])],
    ["the shape of an input", ({ graph }) => void (graph.input = [value("x", 4)])],
    ["the dtype of an input", ({ graph }) => void (graph.input = [value("x", 3, 11)])],
    ["the operator set", (model) => void (model.opsetImport = [{ domain: "", version: 16 }])],
  ];
  it.each(other)("is another one by %s", (_, change) => {
    expect(text(file(change))).not.toBe(text(file()));
  });

  it("is another one by which overload of a function a node calls, and by the defaults of a function", () => {
    // Newer than the encoder: written by hand, behind the rest of the file.
    const withFunction = ({ overload = "", fallback = 0 }): Uint8Array => {
      const node = Writer.create().uint32(34).string("Norm").uint32(66).string(overload).finish();
      const attribute = onnx.AttributeProto.encode({ name: "eps", type: 2, i: fallback }).finish();
      const own = Writer.create().uint32(10).string("Norm").uint32(58).bytes(node).uint32(90).bytes(attribute).uint32(106).string(overload).finish();
      return Buffer.concat([file(), Writer.create().uint32(202).bytes(own).finish()]);
    };
    const functions = (bytes: Uint8Array): unknown => describeOnnx(bytes).json["functions"];
    expect(functions(withFunction({ overload: "fast", fallback: 5 }))).toMatchObject([{ name: "Norm", overload: "fast", defaults: [{ name: "eps", value: 5 }], layers: [{ kind: "Norm", overload: "fast" }] }]);
    expect(text(withFunction({ overload: "fast" }))).not.toBe(text(withFunction({ overload: "slow" })));
    expect(text(withFunction({ fallback: 1 }))).not.toBe(text(withFunction({ fallback: 2 })));
  });

  it("is refused wherever it is cut short within its graph, and never read wrongly", () => {
    const bytes = file();
    let refused = 0;
    for (let length = 0; length < bytes.length; length += 1) {
      try {
        describeOnnx(bytes.subarray(0, length));
      } catch (error) {
        expect(error).toMatchObject({ code: "UNHASHABLE_PART", part: "model" });
        refused += 1;
      }
    }
    // Between two fields of the file it is a whole message: behind the graph, the operator sets may be missing.
    expect(refused).toBeGreaterThan(bytes.length - 3);
  });

  it("counts as a model by its bytes", () => {
    expect(builtInModels.find((one) => one.accepts(file()))?.name).toBe("onnx");
  });
});

describe("a model's file", () => {
  const writtenEmpty = (name: string): string => {
    writeFileSync(join(folder, name), "");
    return join(folder, name);
  };

  it("is described by the end of its name, and what is described counts as the model", async () => {
    const tensors = encodeSafetensors(new Map([["w", { dtype: "F32", shape: [2], data: new Float32Array(2) }]]));
    for (const [name, bytes, algorithm] of [["a.onnx", file(), "onnx-1"], ["b.safetensors", Buffer.concat([...tensors]), "safetensors-1"], ["c.json", '{"layers":[]}', "plain-1"]] as const) {
      writeFileSync(join(folder, name), bytes);
      const described = await describeModelFile(join(folder, name));
      expect(described.algorithm).toBe(algorithm);
      expect(builtInModels.find((one) => one.accepts(described))?.describe(described)).toEqual(described);
    }
  });

  it("that is missing, of another kind or damaged is an error that says so", async () => {
    writeFileSync(join(folder, "bad.safetensors"), "short");
    writeFileSync(join(folder, "bad.json"), "[");
    await expect(describeModelFile(join(folder, "none.onnx"))).rejects.toMatchObject({ code: "INVALID_OPTION" });
    // A hole in the disk: longer than a Buffer can be.
    for (const name of ["long.onnx", "long.json"]) {
      truncateSync(writtenEmpty(name), 3 * 2 ** 30);
      await expect(describeModelFile(join(folder, name))).rejects.toMatchObject({ code: "INVALID_OPTION" });
    }
    await expect(describeModelFile(join(folder, "a.pt"))).rejects.toMatchObject({ code: "INVALID_OPTION" });
    await expect(describeModelFile(join(folder, "bad.json"))).rejects.toMatchObject({ code: "INVALID_OPTION" });
    await expect(describeModelFile(join(folder, "bad.safetensors"))).rejects.toMatchObject({ code: "SAFETENSORS_INVALID" });
  });
});
