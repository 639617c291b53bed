import type { Sabotage } from "../suite.js";

/** What is put first into the body of a function, so that the rest of it is never reached. */
export interface Replacement {
  /** The function's head, as the compiler writes it, up to the brace. */
  readonly head: RegExp;
  readonly body: string;
}

/** One safeguard: the module of `dist/src/` that has it, and what takes it away. */
export interface SabotagedModule {
  readonly module: string;
  readonly replacements: readonly Replacement[];
}

/** How each safeguard is switched off. */
export const sabotagedModules: { readonly [Name in Sabotage]: SabotagedModule } = {
  /** Everybody has the lock at once. */
  lock: { module: "log/file-lock.js", replacements: [{ head: /tryAcquire\(mode\) \{/g, body: "return true;" }] },
  /** No byte of a file is ever made durable; names in folders are. */
  sync: {
    module: "log/file-system.js",
    replacements: [
      { head: /export function syncFile\(files, fd\) \{/g, body: "return;" },
      { head: /export function syncData\(files, fd\) \{/g, body: "return;" },
      { head: /export function syncDataAside\(files, fd\) \{/g, body: "return Promise.resolve();" },
    ],
  },
  /** Whatever hash stands in the file is right: 16 digits, then `"}` and LF. */
  "hash-check": {
    module: "log/commit-hash.js",
    replacements: [{ head: /export function commitHash\(bytes, hashStart, end\) \{/g, body: 'return bytes.toString("latin1", end - 19, end - 3);' }],
  },
  /** Nothing vouches for what is bad: all of it is a torn tail, wherever it stands. */
  "sync-rule": {
    module: "log/tail-verdict.js",
    replacements: [
      {
        head: /export function judgeTail\(walker, durableSeq\) \{/g,
        body: [
          "const sabotagedBytes = walker.place.files.fstatSync(walker.segment.fd).size - walker.end.offset;",
          'return walker.remainder.kind === "none" || sabotagedBytes <= 0 ? { kind: "none" } : { kind: "torn", from: walker.end.offset, bytes: sabotagedBytes };',
        ].join(" "),
      },
    ],
  },
  /** Names in folders are never made durable; bytes of files are. */
  "folder-sync": { module: "log/file-system.js", replacements: [{ head: /export function syncFolder\(files, path\) \{/g, body: "return;" }] },
  /** Whatever a caller gives is taken for plain JSON. */
  "input-check": { module: "events/json-walk.js", replacements: [{ head: /export function isPlainJson\(value\) \{/g, body: "return true;" }] },
  /** A torn tail is written over without a copy. */
  quarantine: { module: "log/quarantine.js", replacements: [{ head: /export function keepTornTail\([^)]*\) \{/g, body: "return;" }] },
};

/** Where a sabotaged module notes that it was loaded: a `Set` of names on `globalThis`. */
export const marker = "daybook.sabotage";

/** The source without the safeguard. @throws Error when it is not the source that the replacements were made for */
export function sabotageSource(name: Sabotage, source: string): string {
  const { module, replacements } = sabotagedModules[name];
  let changed = source;
  for (const { head, body } of replacements) {
    const found = [...changed.matchAll(head)];
    if (found.length !== 1) throw new Error(`Sabotage "${name}": ${module} has ${String(head)} ${found.length} times instead of once; see test/torture/sabotage/replacements.ts`);
    changed = changed.replace(head, (text) => `${text} /* sabotage: ${name} */ ${body}`);
  }
  return `${changed}\n(globalThis[Symbol.for("${marker}")] ??= new Set()).add("${name}");\n`;
}
