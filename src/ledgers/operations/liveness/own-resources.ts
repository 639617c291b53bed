import { isDaybookError } from "../../../base/errors.js";
import type { OperationCommand } from "../commands.js";
import { isHeldElsewhere } from "./held-elsewhere.js";
import type { ResourceOwner } from "./held-elsewhere.js";
import { removeResource } from "./remove-resource.js";
import { checkedResource, protectedPaths } from "./resource-path.js";
import type { ProtectedPaths } from "./resource-path.js";

/** The temporary resources of one session of this process. */
export class OwnResources {
  readonly #owner: ResourceOwner;
  readonly #send: (command: OperationCommand) => Promise<unknown>;
  readonly #guard: () => Promise<ProtectedPaths>;
  readonly #paths = new Set<string>();
  #removing: Promise<unknown> = Promise.resolve();

  constructor(owner: ResourceOwner, send: (command: OperationCommand) => Promise<unknown>) {
    this.#owner = owner;
    this.#send = send;
    let guard: Promise<ProtectedPaths> | undefined;
    this.#guard = () => (guard ??= protectedPaths(owner.transport.place));
  }

  /** Those that are registered: absolute paths. */
  get paths(): readonly string[] {
    return [...this.#paths];
  }

  /**
   * From now on the file or folder goes when this process dies, or its operation fails. It need not exist yet. A path that is not absolute is taken from the working
   * directory. @throws InvalidOptionError for /, a folder directly in it, the home, the folder of temporary files, the daybook, what lies in that, and what holds any of them
   */
  async register(path: unknown): Promise<void> {
    const absolute = await checkedResource(path, await this.#guard());
    await this.#send({ kind: "register-resource", session: this.#owner.session, path: absolute });
    this.#paths.add(absolute);
  }

  /** It stays from now on, whatever happens. Nothing for one that is not registered. @throws InvalidOptionError */
  async unregister(path: unknown): Promise<void> {
    const absolute = await checkedResource(path, await this.#guard());
    if (!this.#paths.has(absolute)) return;
    await this.#send({ kind: "release-resource", session: this.#owner.session, path: absolute });
    this.#paths.delete(absolute);
  }

  /**
   * Removes them all, in the order in which they were registered; one that another living session has registered as well is only let go of, for that one to remove. Waits for a
   * removal that is under way. @returns what was wrong, in words. Never rejects
   */
  removeAll(): Promise<string[]> {
    const removed = this.#removing.then(() => this.#removeAll());
    this.#removing = removed;
    return removed;
  }

  async #removeAll(): Promise<string[]> {
    const problems: string[] = [];
    for (const path of this.paths) {
      try {
        const problem = await this.#remove(path);
        if (problem !== undefined) problems.push(`${path}: ${problem}`);
      } catch (error) {
        problems.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
      }
      this.#paths.delete(path);
    }
    return problems;
  }

  async #remove(path: string): Promise<string | undefined> {
    if (await isHeldElsewhere(path, this.#owner)) {
      if (!(await this.#letGo(path))) return undefined;
      // Of several that let go at the same time the last one finds that nobody else has it any more.
      if (await isHeldElsewhere(path, this.#owner)) return undefined;
    }
    const removal = await removeResource(path, await this.#guard());
    await this.#release({ path, ...removal });
    return removal.problem;
  }

  /** False for a session that was declared crashed: it stays registered, for whoever cleans up for the dead. */
  async #letGo(path: string): Promise<boolean> {
    try {
      await this.#send({ kind: "release-resource", session: this.#owner.session, path });
      return true;
    } catch (error) {
      if (isDaybookError(error, "SESSION_EXPIRED")) return false;
      throw error;
    }
  }

  async #release(removal: { readonly path: string; readonly outcome: "removed" | "missing" | "failed" | "refused"; readonly problem?: string }): Promise<void> {
    const { path, problem } = removal;
    try {
      // What could not be removed stays registered: whoever comes after this process tries again.
      if (problem === undefined) await this.#send({ kind: "release-resource", session: this.#owner.session, path });
    } catch (error) {
      if (!isDaybookError(error, "SESSION_EXPIRED")) throw error;
      // To the log this process is dead; that it has cleaned up after itself all the same may be told without its session.
      await this.#send({ kind: "resource-removed", owner: this.#owner.session, ...removal });
    }
  }
}
