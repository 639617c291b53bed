import type { DiskFile } from "./disk-file.js";

/** What a name in a folder stands for. */
export type Node = DiskFile | "folder";

interface NameChange {
  readonly node: Node;
  readonly start: number;
  readonly end: number;
  apply(names: Map<string, Node>): void;
}

/** The names in a folder that a power cut can leave: each change since the last sync was kept or not. */
export interface FolderChoices {
  readonly alternatives: readonly number[];
  /** All that any choice of names leads to. */
  readonly nodes: ReadonlySet<Node>;
  names(chosen: readonly number[]): Map<string, Node>;
}

/** One folder over time. */
export class DiskFolder {
  readonly #changes: NameChange[] = [];
  readonly #syncs: { readonly start: number; readonly end: number }[] = [];

  add(start: number, end: number, name: string, node: Node): void {
    this.#changes.push({ start, end, node, apply: (names) => void names.set(name, node) });
  }

  /** In one piece: nothing sees both names, or neither. */
  rename(start: number, end: number, from: string, to: string, node: Node): void {
    const apply = (names: Map<string, Node>): void => {
      names.set(to, node);
      if (names.get(from) === node) names.delete(from);
    };
    this.#changes.push({ start, end, node, apply });
  }

  remove(start: number, end: number, name: string, node: Node): void {
    const apply = (names: Map<string, Node>): void => {
      if (names.get(name) === node) names.delete(name);
    };
    this.#changes.push({ start, end, node, apply });
  }

  sync(start: number, end: number): void {
    this.#syncs.push({ start, end });
  }

  choicesAt(time: number): FolderChoices {
    const begun = this.#changes.filter(({ start }) => start <= time);
    const syncs = this.#syncs.filter(({ end }) => end <= time);
    const durable = (change: NameChange): boolean => syncs.some(({ start }) => change.end <= start);
    const open = begun.filter((change) => !durable(change));
    const names = (chosen: readonly number[]): Map<string, Node> => {
      const found = new Map<string, Node>();
      for (const change of begun) if (durable(change) || chosen[open.indexOf(change)] === 1) change.apply(found);
      return found;
    };
    return { alternatives: open.map(() => 2), nodes: new Set([...names([]).values(), ...open.map(({ node }) => node)]), names };
  }
}
