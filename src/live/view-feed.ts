import { isDeepStrictEqual } from "node:util";
import type { Daybook } from "../daybook.js";
import type { Json } from "../events/recorded-event.js";
import type { FoldState } from "../projections/fold-state.js";
import { ChangeSignal } from "../base/change-signal.js";
import type { Feed } from "./feed.js";

/** A projection's view, and again whenever it has changed. What happens between two pulls is seen as one change. */
export class ViewFeed implements Feed<Json> {
  readonly #changes = new ChangeSignal();
  readonly #unwatch: () => void;
  readonly #stayOpen: () => void;
  #closed = false;
  #last: { readonly state: FoldState; readonly revision: number; readonly view: Json } | undefined;

  /** @throws LogClosedError */
  constructor(
    readonly book: Daybook,
    readonly name: string,
  ) {
    book.log.assertOpen();
    this.#unwatch = book.core.backend.watch(() => this.#changes.raise());
    this.#stayOpen = book.onClose(() => this.close());
  }

  get closed(): boolean {
    return this.#closed;
  }

  async next(): Promise<readonly Json[] | undefined> {
    try {
      while (!this.#closed) {
        const state = await this.book.core.engine.query(this.name);
        if (this.closed) break;
        const view = this.#changedView(state);
        if (view !== undefined) return [view];
        await this.#changes.wait();
      }
    } catch (error) {
      if (!this.closed) {
        this.close();
        throw error;
      }
    }
    return undefined;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#last = undefined;
    this.#stayOpen();
    this.#unwatch();
    this.#changes.raise();
  }

  /** A copy of the view, or undefined when it is as it was. */
  #changedView(state: FoldState): Json | undefined {
    const last = this.#last;
    if (last?.state === state && last.revision === state.revision) return undefined;
    const { view } = state;
    this.#last = { state, revision: state.revision, view };
    // Rows that did not change are the same objects: comparing costs a glance each, less than the copy.
    return last !== undefined && isDeepStrictEqual(view, last.view) ? undefined : structuredClone(view);
  }
}
