import { setImmediate as nextTurn } from "node:timers/promises";
import { realSystem } from "../../../../src/engine-core.js";
import type { DaybookSystem } from "../../../../src/engine-core.js";
import { openDaybookOn } from "../../../../src/open-daybook.js";
import { isDaybookError } from "../../../../src/index.js";
import type { Daybook } from "../../../../src/index.js";
import { HistoryFile } from "../history-file.js";
import { reportedRuns, reportedScope } from "../operations.js";
import type { Operation } from "../operations.js";
import type { ClientPlan, KillAtCall } from "../plan.js";
import { balanceProjection, countersProjection } from "../projections.js";
import { randomFrom } from "../random.js";
import type { Random } from "../random.js";
import { chooseOperation } from "./choose.js";
import type { Memory, Mix } from "./choose.js";
import { strainedFiles } from "./strained-files.js";
import { perform } from "./perform.js";

/** What a client is given when its process starts. */
export interface ClientTask {
  readonly client: ClientPlan;
  readonly root: string;
  readonly history: string;
  /** Of the clock, as text. */
  readonly base: string;
  readonly mix: Mix;
  readonly segmentBytes: number;
  readonly openFirst: boolean;
  readonly lockTimeoutMs: number;
  readonly killAtCall?: KillAtCall;
}

/** One client from its opening to its end. An operation that fails in a way that no operation may ends it; its history says how. */
export class Client {
  readonly #history: HistoryFile;
  readonly #random: Random;
  readonly #memory: Memory = { lastOf: new Map() };
  readonly #system: DaybookSystem;
  #book: Daybook | undefined;
  #begun = 0;
  #failed = false;

  constructor(readonly task: ClientTask) {
    this.#history = new HistoryFile(task.history, BigInt(task.base));
    this.#random = randomFrom(task.client.seed);
    const { killAtCall, client: { slowWrites, seed } } = task;
    this.#system = killAtCall === undefined && !slowWrites ? realSystem : { files: strainedFiles({ killAtCall, slowWrites }, randomFrom(seed + 1)) };
  }

  async prepare(): Promise<void> {
    if (this.task.openFirst) await this.#open();
  }

  async run(): Promise<void> {
    const { operations, legs } = this.task.client;
    for (let leg = 0; leg < legs && !this.#failed; leg += 1) {
      const book = await this.#open();
      for (const param of leg === 0 ? reportedRuns : []) {
        await this.#perform(book, { kind: "find-or-allocate", op: this.#name(), input: { scope: reportedScope, param } });
      }
      await this.#lanes(book, Math.ceil(operations / legs));
      await book.close();
      this.#book = undefined;
    }
    this.#history.close();
  }

  async #open(): Promise<Daybook> {
    if (this.#book !== undefined) return this.#book;
    const { root, client, segmentBytes, lockTimeoutMs } = this.task;
    const participantId = client.name.replaceAll(/[^a-z0-9]/g, "-");
    const book = await openDaybookOn(this.#system, root, { participantId, segmentBytes, lockTimeoutMs, durability: client.durability });
    book.registerProjection(countersProjection);
    book.registerProjection(balanceProjection);
    this.#book = book;
    return book;
  }

  async #lanes(book: Daybook, operations: number): Promise<void> {
    let left = operations;
    const lane = async (): Promise<void> => {
      while ((left -= 1) >= 0 && !this.#failed) {
        await this.#perform(book, chooseOperation(this.#random, this.task.mix, this.#memory, this.#name()));
        // Queries answer without waiting for anything: the other lanes get their turn.
        await nextTurn();
      }
    };
    await Promise.all(Array.from({ length: this.task.client.lanes }, lane));
  }

  async #perform(book: Daybook, operation: Operation): Promise<void> {
    // Now and then other than the handle's.
    const durability = this.#random.chance(0.2) ? this.#random.pick(["os", "fsync"] as const) : undefined;
    this.#history.begin(operation);
    try {
      const output = await perform(book, operation, durability);
      this.#history.end(operation.op, output);
      this.#remember(operation, output);
    } catch (error) {
      this.#failed = true;
      this.#history.fail(operation.op, describe(error));
    }
  }

  #remember({ kind, input }: Operation, output: unknown): void {
    if (kind === "append-expecting") {
      const answer = output as { readonly last: number } | { readonly conflict: number };
      this.#memory.lastOf.set(input.stream, "last" in answer ? answer.last : answer.conflict);
    } else if (kind === "read-stream") {
      this.#memory.lastOf.set(input.stream, (output as readonly number[]).at(-1) ?? 0);
    }
  }

  #name(): string {
    this.#begun += 1;
    return `${this.task.client.name}#${this.#begun}`;
  }
}

function describe(error: unknown): string {
  if (isDaybookError(error)) return `${error.code}: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
