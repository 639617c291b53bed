import * as tf from "@tensorflow/tfjs";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { canonicalJson } from "../../../../src/events/canonical-json.js";
import { encodeSafetensors } from "../../../../src/ledgers/checkpoints/models/safetensors/write-safetensors.js";
import { tfjsModels } from "../../../../src/ledgers/checkpoints/models/tfjs/tfjs-models.js";
import { tfjsOptimizers } from "../../../../src/ledgers/checkpoints/models/tfjs/tfjs-optimizers.js";
import type { Tensors } from "../../../../src/ledgers/checkpoints/models/tensors.js";
import { answersOf, smallModel, trainSmallModel } from "../../../support/small-model.js";

it("a model that is saved goes on in another process to the bit, and is described there alike", async () => {
  const folder = mkdtempSync(join(tmpdir(), "restore-"));
  try {
    smallModel();
    const [model, optimizer] = [smallModel(), tf.train.adam(0.01)];
    await trainSmallModel(model, optimizer);
    const files = [await tfjsModels.tensors?.(model), await tfjsOptimizers.tensors(optimizer)].map((tensors, at) => {
      const file = join(folder, `${at}.safetensors`);
      writeFileSync(file, Buffer.concat([...encodeSafetensors(tensors as Tensors)]));
      return file;
    });
    const before = answersOf(model);
    await trainSmallModel(model, optimizer);
    const out = execFileSync(process.execPath, ["--no-warnings", "dist/test/programs/restore-model.js", ...files], { encoding: "utf8" });
    expect(JSON.parse(out.trim().split("\n").at(-1) ?? "")).toEqual({ architecture: canonicalJson(tfjsModels.describe(model).json), before, after: answersOf(model) });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
