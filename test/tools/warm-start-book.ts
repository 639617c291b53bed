import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import type { EventCatalogue } from "../../src/events/catalogue.js";
import { warmStartStream } from "../../src/events/warm-start-names.js";
import { openDaybook } from "../../src/index.js";
import type { Daybook, DaybookOptions } from "../../src/index.js";
import { warmStartEventTypes } from "../../src/projections/views/warm-starts.js";

/** A key that is named by a text. */
export const keyOf = (name: string): string => createHash("sha256").update(name).digest("hex");

type Saved = EventCatalogue["warm-start.saved"];

/** Writes events about warm starts as they come, and their files: any run, time and participant. */
export class WarmStartBook {
  readonly #held = new Map<string, { readonly save: number; readonly bytes: number; readonly path: string }>();

  private constructor(
    readonly root: string,
    readonly book: Daybook,
  ) {}

  static async open(root: string, options: DaybookOptions = {}): Promise<WarmStartBook> {
    return new WarmStartBook(root, await openDaybook(root, { participantId: "fitter", ...options }));
  }

  /** Saves in a slot as a store does, the former file deleted. @returns the path of the payload */
  async save(key: string, run: string, objective: number | undefined, more: Partial<Saved> & { readonly payload?: string } = {}): Promise<string> {
    const { payload = "p".repeat(10), ...rest } = more;
    const before = this.#held.get(`${key}/${run}`);
    const save = (before?.save ?? 0) + 1;
    const name = `warm-starts/${key}/${run}.${save}.bin`;
    const file = path.join(this.root, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, payload);
    const ref = { path: name, bytes: Buffer.byteLength(payload), sha256: createHash("sha256").update(payload).digest("hex") };
    await this.append(key, "warm-start.saved", { run, save, kind: "checkpoint", file: ref, ...(objective === undefined ? {} : { objective }), ...(before === undefined ? {} : { replaced: before.bytes }), ...rest });
    if (before !== undefined) fs.rmSync(path.join(this.root, before.path));
    this.#held.set(`${key}/${run}`, { save, bytes: ref.bytes, path: name });
    return file;
  }

  async evict(key: string, run: string, reason: EventCatalogue["warm-start.evicted"]["reason"]): Promise<void> {
    const held = this.#held.get(`${key}/${run}`);
    if (held === undefined) throw new Error(`there is nothing in ${run}`);
    await this.append(key, "warm-start.evicted", { run, save: held.save, bytes: held.bytes, reason });
    fs.rmSync(path.join(this.root, held.path));
    this.#held.delete(`${key}/${run}`);
  }

  async append<Type extends (typeof warmStartEventTypes)[number]>(key: string, type: Type, data: EventCatalogue[Type]): Promise<void> {
    await this.book.runs.host.transact([], () => ({ events: [{ stream: warmStartStream(key), type, data }], result: undefined }), { types: warmStartEventTypes });
  }
}
