import { isDaybookError } from "../../../base/errors.js";
import type { OperationCommand } from "../commands.js";
import { removeResource } from "./remove-resource.js";
import { checkedResource, protectedPaths } from "./resource-path.js";
import type { ProtectedPaths } from "./resource-path.js";

/** The temporary resources of one session of this process. */
export class OwnResources {
  readonly #session: string;
  readonly #send: (command: OperationCommand) => Promise<unknown>;
  readonly #guard: () => Promise<ProtectedPaths>;
  readonly #paths = new Set<string>();

  /** @param daybook absolute path of the daybook's root, which is never removed */
  constructor(session: string, daybook: string, send: (command: OperationCommand) => Promise<unknown>) {
    this.#session = session;
    this.#send = send;
    let guard: Promise<ProtectedPaths> | undefined;
    this.#guard = () => (guard ??= protectedPaths(daybook));
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
    await this.#send({ kind: "register-resource", session: this.#session, path: absolute });
    this.#paths.add(absolute);
  }

  /** It stays from now on, whatever happens. Nothing for one that is not registered. @throws InvalidOptionError */
  async unregister(path: unknown): Promise<void> {
    const absolute = await checkedResource(path, await this.#guard());
    if (!this.#paths.has(absolute)) return;
    await this.#send({ kind: "release-resource", session: this.#session, path: absolute });
    this.#paths.delete(absolute);
  }

  /** Removes them all, in the order in which they were registered. @returns what was wrong, in words. Never rejects */
  async removeAll(): Promise<string[]> {
    const problems: string[] = [];
    for (const path of this.paths) {
      const { outcome, problem } = await removeResource(path, await this.#guard());
      if (problem !== undefined) problems.push(`${path}: ${problem}`);
      this.#paths.delete(path);
      try {
        await this.#release({ path, outcome, ...(problem === undefined ? {} : { problem }) });
      } catch (error) {
        problems.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return problems;
  }

  async #release(removal: { readonly path: string; readonly outcome: "removed" | "missing" | "failed" | "refused"; readonly problem?: string }): Promise<void> {
    const { path, problem } = removal;
    try {
      // What could not be removed stays registered: whoever comes after this process tries again.
      if (problem === undefined) await this.#send({ kind: "release-resource", session: this.#session, path });
    } catch (error) {
      if (!isDaybookError(error, "SESSION_EXPIRED")) throw error;
      // To the log this process is dead; that it has cleaned up after itself all the same may be told without its session.
      await this.#send({ kind: "resource-removed", owner: this.#session, ...removal });
    }
  }
}
