import { MemoryArtifactStore } from "../../../../src/artifacts/memory-store.js";
import { replaceArtifact } from "../../../../src/artifacts/put-artifact.js";
import type { EventCatalogue } from "../../../../src/events/catalogue.js";
import type { ArtifactRef, HashPart, PartDigests } from "../../../../src/events/checkpoint-events.js";
import { checkpointStream, experimentStream, formatStep } from "../../../../src/events/checkpoint-names.js";
import type { Daybook, JsonObject } from "../../../../src/index.js";
import type { CheckpointContext } from "../../../../src/ledgers/checkpoints/context.js";
import type { ModelAdapter } from "../../../../src/ledgers/checkpoints/models/model-adapter.js";
import { only } from "../../../../src/ledgers/ledger-host.js";
import { checkpointEventTypes, differingParts } from "../../../../src/projections/views/experiments.js";
import { temporaryBook } from "../../runs/temporary-book.js";

/** A hash's folder: the digit of its model part, then that of its configuration. */
export const folderOf = (model: string, config: string): string => `${model.repeat(8)}${config.repeat(8)}00000000`;
export const partsOf = (model: string, config: string): PartDigests => ({ model: { digest: model.repeat(32), algorithm: "model-1" }, config: { digest: config.repeat(32), algorithm: "config-1" } });

/** A model of the tests: a vector of numbers. `fails` lets it refuse the next change. */
export interface Vector {
  kind: "vector";
  values: number[];
  fails?: boolean;
}
const vectorAdapter: ModelAdapter = {
  name: "vector",
  accepts: (model) => (model as Partial<Vector> | undefined)?.kind === "vector",
  describe: () => ({ algorithm: "vector-1", json: {} }),
};

/** A daybook with checkpoints that were put there by hand, so that what is loaded is known without whoever saves. */
export async function givenCheckpoints(): Promise<GivenCheckpoints> {
  return new GivenCheckpoints(await temporaryBook());
}

export class GivenCheckpoints {
  readonly artifacts = new MemoryArtifactStore();
  context: CheckpointContext;
  #at: { folder: string; parts: PartDigests } | undefined;

  constructor(readonly book: Daybook) {
    this.context = this.contextOf(book);
  }

  /** Another manager, of this daybook or as of a moment. */
  contextOf(book: Daybook, experiment = "main"): CheckpointContext {
    const registered = { models: new Map<string, unknown>(), optimizers: new Map<string, unknown>(), config: undefined, dataState: undefined };
    return { host: book.runs.host, artifacts: this.artifacts, experiment, excludeKeys: ["pause"], models: [vectorAdapter], optimizers: [], registered, position: this.#at, signal: undefined };
  }

  async append<Type extends keyof EventCatalogue>(stream: string, type: Type, data: EventCatalogue[Type]): Promise<void> {
    await this.book.runs.host.transact([], () => only([{ stream, type, data }]), { types: checkpointEventTypes });
  }

  /** The experiment comes to a hash; its manager too. */
  async cameTo(model: string, config: string, { dump = true, json = { lr: Number(config) } }: { readonly dump?: boolean; readonly json?: JsonObject } = {}): Promise<string> {
    const [folder, parts] = [folderOf(model, config), partsOf(model, config)];
    const from = this.#at;
    const changed: HashPart[] = differingParts(from?.parts ?? {}, parts);
    const contents = { model: { json: { layers: [model] } }, config: { json } };
    await this.append(experimentStream("main"), "hash.updated", { folder, hash: folder, parts, changed, contents, ...(from === undefined ? {} : { from: from.folder }) });
    this.#at = this.context.position = { folder, parts };
    if (!dump) return folder;
    const files = {
      config: await this.put(`checkpoints/${folder}/hp/${folder}_config.yaml`, `lr: ${config}\n`),
      architecture: await this.put(`checkpoints/${folder}/model/${folder}_architecture.json`, JSON.stringify({ layers: [model] })),
    };
    await this.append(experimentStream("main"), "hash.dumped", { folder, parts: changed, files });
    return folder;
  }

  async put(path: string, content: string): Promise<ArtifactRef> {
    return await replaceArtifact(this.artifacts, path, content);
  }

  /** A save under the hash the experiment is at. */
  async saved(step: number, metadata?: JsonObject, { save = 1, modelName, content = `weights ${step} ${save}` }: { save?: number; modelName?: string; content?: string } = {}): Promise<string> {
    const folder = this.#at?.folder ?? "";
    const path = pathOf(folder, step, save);
    const weights = await this.put(path, content);
    await this.append(checkpointStream(folder, step), "checkpoint.saved", { experiment: "main", folder, step, save, files: { weights }, ...(metadata === undefined ? {} : { metadata }), ...(modelName === undefined ? {} : { modelName }) });
    return path;
  }

  async damage(path: string): Promise<void> {
    await this.artifacts.put(path, "something else", { replace: true });
  }
}

export const pathOf = (folder: string, step: number, save = 1): string => `checkpoints/${folder}/model/${folder}_step_${formatStep(step)}${save === 1 ? "" : `.${save}`}.bin`;
