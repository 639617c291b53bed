import { onTestFinished } from "vitest";
import type { ArtifactStore } from "../../../../src/artifacts/artifact-store.js";
import { FolderArtifactStore } from "../../../../src/artifacts/folder-store.js";
import { MemoryArtifactStore } from "../../../../src/artifacts/memory-store.js";
import { replaceArtifact } from "../../../../src/artifacts/put-artifact.js";
import type { EventCatalogue } from "../../../../src/events/catalogue.js";
import type { ArtifactRef } from "../../../../src/events/checkpoint-events.js";
import { checkpointStream, experimentStream, formatStep } from "../../../../src/events/checkpoint-names.js";
import type { Daybook, JsonObject } from "../../../../src/index.js";
import { openDaybook } from "../../../../src/index.js";
import type { CheckpointContext } from "../../../../src/ledgers/checkpoints/context.js";
import type { CheckpointRow } from "../../../../src/projections/views/checkpoints.js";
import { checkpointEventTypes } from "../../../../src/projections/views/experiments.js";
import { fakeClock, openMemoryDaybook } from "../../../../src/testing.js";
import type { FakeClock } from "../../../../src/testing.js";
import { bytesOf } from "../../../../src/testing/artifacts/kit.js";

/** Folders of hashes. */
export const [A, B, C] = ["a".repeat(24), "b".repeat(24), "c".repeat(24)] as const;

/** What one save is made of. */
export interface Save {
  readonly metadata?: JsonObject;
  readonly content?: Buffer;
  readonly experiment?: string;
}

/** A daybook with checkpoints that are put there by hand: no manager, only events and files. */
export class CareBook {
  constructor(
    readonly book: Daybook,
    readonly context: CheckpointContext,
    readonly clock: FakeClock,
  ) {}

  async append<Type extends keyof EventCatalogue>(stream: string, type: Type, data: EventCatalogue[Type]): Promise<void> {
    await this.context.host.transact([], () => ({ events: [{ stream, type, data }], result: undefined }), { types: checkpointEventTypes });
  }

  /** An experiment comes to a hash. */
  async come(folder: string, from?: string, experiment = "main"): Promise<void> {
    const config = { digest: (folder[0] ?? "").repeat(32), algorithm: "config-1" };
    await this.append(experimentStream(experiment), "hash.updated", { folder, hash: folder, parts: { config }, changed: ["config"], ...(from === undefined ? {} : { from }) });
  }

  /** A checkpoint with its file. */
  async save(folder: string, step: number, { metadata, content = bytesOf(1000, step + 1), experiment = "main" }: Save = {}): Promise<ArtifactRef> {
    const save = ((await this.row(folder, step))?.saves.length ?? 0) + 1;
    const path = `checkpoints/${folder}/model/${folder}_step_${formatStep(step)}${save === 1 ? "" : `.${save}`}.bin`;
    const weights = await replaceArtifact(this.context.artifacts, path, content);
    await this.append(checkpointStream(folder, step), "checkpoint.saved", { experiment, folder, step, save, files: { weights }, ...(metadata === undefined ? {} : { metadata }) });
    return weights;
  }

  async row(folder: string, step: number): Promise<CheckpointRow | undefined> {
    return ((await this.book.view("checkpoints")) as unknown as Record<string, CheckpointRow>)[checkpointStream(folder, step)];
  }

  /** The saves that are there: `a 100.1`, by hash, step and save. */
  async there(): Promise<string[]> {
    const rows = Object.values((await this.book.view("checkpoints")) as unknown as Record<string, CheckpointRow>);
    return rows.flatMap(({ folder, step, saves }) => saves.filter(({ pruned }) => pruned === undefined).map(({ save }) => `${folder[0]} ${step}.${save}`)).sort();
  }

  /** The paths of all files. */
  async files(): Promise<string[]> {
    const paths: string[] = [];
    for await (const { path } of this.context.artifacts.list("checkpoints")) paths.push(path);
    return paths.sort();
  }
}

/** The context of a daybook's care. */
export const contextOf = (book: Daybook, artifacts: ArtifactStore): CheckpointContext => ({
  host: book.runs.host,
  artifacts,
  experiment: "main",
  excludeKeys: [],
  models: [],
  optimizers: [],
  registered: { models: new Map(), optimizers: new Map(), config: undefined, dataState: undefined },
  position: undefined,
  signal: undefined,
});

/** In memory, log and files. */
export async function memoryCareBook(): Promise<CareBook> {
  const clock = fakeClock();
  const book = await openMemoryDaybook({ participantId: "w", clock: clock.clock });
  onTestFinished(() => book.close());
  return new CareBook(book, contextOf(book, new MemoryArtifactStore()), clock);
}

/** In a folder. Files and log are those of the real system. */
export async function folderCareBook(root: string, artifacts: ArtifactStore = new FolderArtifactStore(root)): Promise<CareBook> {
  const book = await openDaybook(root, { participantId: "w" });
  onTestFinished(() => book.close());
  return new CareBook(book, contextOf(book, artifacts), fakeClock());
}
