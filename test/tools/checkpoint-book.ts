import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import type { ArtifactRef, PartDigests } from "../../src/checkpoints.js";
import type { EventCatalogue } from "../../src/events/catalogue.js";
import { checkpointStream, experimentStream } from "../../src/events/checkpoint-names.js";
import { openDaybook } from "../../src/index.js";
import type { Daybook } from "../../src/index.js";
import { checkpointEventTypes } from "../../src/projections/views/experiments.js";

const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 32);

/** The digests of parts that are named by texts. */
export const partsOf = (model: string, config: string, data: string): PartDigests => ({
  model: { digest: digestOf(model), algorithm: "plain-1" },
  config: { digest: digestOf(config), algorithm: "config-1" },
  data: { digest: digestOf(data), algorithm: "data-1" },
});

/** Their 24 digits. */
export const hashOf = (parts: PartDigests): string => [parts.model, parts.config, parts.data].map((part) => part?.digest.slice(0, 8) ?? "00000000").join("");

/** Writes events about checkpoints as they come, and their files: what no manager would let happen can be told. */
export class CheckpointBook {
  private constructor(
    readonly root: string,
    readonly book: Daybook,
  ) {}

  static async open(root: string, participantId = "trainer"): Promise<CheckpointBook> {
    return new CheckpointBook(root, await openDaybook(root, { participantId }));
  }

  async append<Type extends (typeof checkpointEventTypes)[number]>(stream: string, type: Type, data: EventCatalogue[Type]): Promise<void> {
    await this.book.runs.host.transact([], () => ({ events: [{ stream, type, data }], result: undefined }), { types: checkpointEventTypes });
  }

  /** @returns the folder */
  async update(parts: PartDigests, more: Partial<EventCatalogue["hash.updated"]> & { readonly experiment?: string } = {}): Promise<string> {
    const { experiment = "main", ...rest } = more;
    const hash = hashOf(parts);
    await this.append(experimentStream(experiment), "hash.updated", { folder: hash, hash, parts, changed: ["model", "config", "data"], ...rest });
    return rest.folder ?? hash;
  }

  async save(folder: string, step: number, more: Partial<EventCatalogue["checkpoint.saved"]> = {}): Promise<string> {
    const stream = checkpointStream(folder, step);
    const weights = this.file(`checkpoints/${folder}/model/${folder}_step_${step}.${more.save ?? 1}.safetensors`, "w".repeat(step + 1));
    await this.append(stream, "checkpoint.saved", { experiment: "main", folder, step, save: 1, files: { weights }, ...more });
    return stream;
  }

  file(name: string, text: string): ArtifactRef {
    const file = path.join(this.root, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
    return { path: name, bytes: Buffer.byteLength(text), sha256: createHash("sha256").update(text).digest("hex") };
  }
}
