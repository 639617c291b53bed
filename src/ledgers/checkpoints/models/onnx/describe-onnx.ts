import { createHash } from "node:crypto";
import type { Reader } from "protobufjs";
import { UnhashablePartError } from "../../../../base/errors.js";
import type { Json } from "../../../../events/recorded-event.js";
import type { Architecture, ModelAdapter } from "../model-adapter.js";
import { float, int64, numbers, readInner, readMessage } from "./read-onnx.js";
import type { Fields } from "./read-onnx.js";

type Draft = { [key: string]: Json };
type List = Json[];

/**
 * The graph of an ONNX file: nodes in their order with operators, attributes and connections, inputs and outputs with shapes and dtypes, initialisers by name, dtype
 * and shape, functions, operator sets. Data of initialisers, texts for people, and who made the file are left out. Tensors within attributes are
 * constants, part of the graph: they are told by their SHA-256.
 * @throws UnhashablePartError when it is no ONNX file
 */
export function describeOnnx(bytes: Uint8Array): Architecture {
  const model = readMessage<Draft>(bytes, modelFields, {});
  const { graph, ...rest } = model;
  if (graph === undefined) throw new UnhashablePartError("model", "$", "is no ONNX file: it has no graph");
  return { algorithm: "onnx-1", json: { format: "onnx", ...rest, ...(graph as Draft) } };
}

/** A model given as the bytes of an ONNX file. Its weights stay in the file: give them when a checkpoint is saved. */
export const onnxModels: ModelAdapter = {
  name: "onnx",
  // The first field of a file is the version of its form, or another one of the model's.
  accepts: (model) => model instanceof Uint8Array && model.length > 2 && [0x08, 0x12, 0x1a, 0x3a, 0x42].includes(model[0] ?? 0),
  describe: (model) => describeOnnx(model as Uint8Array),
};

const text = (key: string) => (reader: Reader, into: Draft): void => void (into[key] = reader.string());
const whole = (key: string) => (reader: Reader, into: Draft): void => void (into[key] = int64(reader));
const inner = (key: string, fields: () => Fields<Draft>) => (reader: Reader, into: Draft): void => void (into[key] = readInner<Draft>(reader, fields(), {}));
const listOf = (into: Draft, key: string): List => (into[key] ??= []) as List;
const list = (key: string, fields: () => Fields<Draft>) => (reader: Reader, into: Draft): void => void listOf(into, key).push(readInner<Draft>(reader, fields(), {}));
const texts = (key: string) => (reader: Reader, into: Draft): void => void listOf(into, key).push(reader.string());
const bytesAsText = (bytes: Uint8Array): string => {
  const utf8 = Buffer.from(bytes).toString("utf8");
  return Buffer.from(utf8, "utf8").equals(bytes) ? utf8 : `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
};

const dtypes = ["UNDEFINED", "FLOAT", "UINT8", "INT8", "UINT16", "INT16", "INT32", "INT64", "STRING", "BOOL", "FLOAT16", "DOUBLE", "UINT32", "UINT64", "COMPLEX64", "COMPLEX128", "BFLOAT16"];
const dtype = (key: string) => (reader: Reader, into: Draft): void => {
  const number = reader.int32();
  into[key] = dtypes[number] ?? number;
};

const dims: Fields<Draft>[1] = (reader, into) => numbers(reader, listOf(into, "shape"), () => int64(reader));

/** Of initialisers: their data is not even looked at. */
const tensorFields: Fields<Draft> = { 1: dims, 2: dtype("dtype"), 8: text("name") };

/** A constant: all that says its value is hashed, field by field. */
function constant(reader: Reader): Json {
  const start = reader.pos;
  const tensor = readInner<Draft>(reader, tensorFields, {});
  return { ...tensor, sha256: createHash("sha256").update(reader.buf.subarray(start, reader.pos)).digest("hex") };
}

const dimension: Fields<Draft> = { 1: whole("size"), 2: text("parameter") };
const shape: Fields<Draft> = {
  1: (reader, into) => {
    const { size, parameter } = readInner<Draft>(reader, dimension, {});
    listOf(into, "dims").push(size ?? parameter ?? null);
  },
};
const shapeOf: Fields<Draft>[1] = (reader, into) => void (into["shape"] = readInner<Draft>(reader, shape, { dims: [] })["dims"] ?? []);
const tensorType: Fields<Draft> = { 1: dtype("dtype"), 2: shapeOf };
const typeFields: Fields<Draft> = {
  1: (reader, into) => void readInner(reader, tensorType, into),
  4: inner("sequence", () => ({ 1: inner("element", () => typeFields) })),
  5: inner("map", () => ({ 1: dtype("key"), 2: inner("value", () => typeFields) })),
  8: inner("sparse", () => tensorType),
  9: inner("optional", () => ({ 1: inner("element", () => typeFields) })),
};
const valueFields: Fields<Draft> = { 1: text("name"), 2: (reader, into) => void readInner(reader, typeFields, into) };

const attributeFields: Fields<Draft> = {
  1: text("name"),
  2: (reader, into) => void (into["value"] = float(reader.float())),
  3: whole("value"),
  4: (reader, into) => void (into["value"] = bytesAsText(reader.bytes())),
  5: (reader, into) => void (into["value"] = constant(reader)),
  6: inner("value", () => graphFields),
  7: (reader, into) => numbers(reader, listOf(into, "value"), () => float(reader.float())),
  8: (reader, into) => numbers(reader, listOf(into, "value"), () => int64(reader)),
  9: (reader, into) => void listOf(into, "value").push(bytesAsText(reader.bytes())),
  10: (reader, into) => void listOf(into, "value").push(constant(reader)),
  11: list("value", () => graphFields),
  14: inner("value", () => typeFields),
  15: list("value", () => typeFields),
  20: (reader, into) => void (into["type"] = reader.int32()),
  21: text("refers"),
  22: (reader, into) => void (into["value"] = constant(reader)),
  23: (reader, into) => void listOf(into, "value").push(constant(reader)),
};

const nodeFields: Fields<Draft> = {
  1: texts("inputs"),
  2: texts("outputs"),
  3: text("name"),
  4: text("kind"),
  5: (reader, into) => {
    const { name, ...attribute } = readInner<Draft>(reader, attributeFields, {});
    const attributes = (into["attributes"] ??= Object.create(null) as Draft) as Draft;
    attributes[typeof name === "string" ? name : ""] = attribute;
  },
  7: text("domain"),
  8: text("overload"),
};

const sparseFields: Fields<Draft> = { 1: (reader, into) => void readInner(reader, tensorFields, into), 3: dims };

const graphFields: Fields<Draft> = {
  1: list("layers", () => nodeFields),
  5: list("initializers", () => tensorFields),
  11: list("inputs", () => valueFields),
  12: list("outputs", () => valueFields),
  15: list("sparseInitializers", () => sparseFields),
};

const operatorSet: Fields<Draft> = { 1: text("domain"), 2: whole("version") };
const functionFields: Fields<Draft> = { 1: text("name"), 4: texts("inputs"), 5: texts("outputs"), 6: texts("attributes"), 7: list("layers", () => nodeFields), 9: list("operatorSets", () => operatorSet), 10: text("domain"), 11: list("defaults", () => attributeFields), 13: text("overload") };
const modelFields: Fields<Draft> = { 7: inner("graph", () => graphFields), 8: list("operatorSets", () => operatorSet), 25: list("functions", () => functionFields) };
