/** What is built: programs of the examples themselves, each bundled into one file. */
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The programs, as they are called below `examples/`. */
export const TARGETS = ["penguins/demo", "penguins/train-grid", "penguins/evaluate", "checkpoints/demo", "checkpoints/train", "checkpoints/evaluate"] as const;

/** One of {@link TARGETS}. */
export type Target = (typeof TARGETS)[number];

/** Where the sources are: this runs from `dist/examples/build`. */
const sources = fileURLToPath(new URL("../../../examples/", import.meta.url));

/** The bundler, as a program. */
export const esbuild = createRequire(import.meta.url).resolve("esbuild/bin/esbuild");

/** The source of a program. */
export const sourceOf = (target: Target): string => join(sources, `${target}.ts`);

/** The file that a program is bundled into. */
export const bundleOf = (root: string, target: Target): string => join(root, "bundles", `${target.replace("/", "-")}.mjs`);

/** Where a builder puts what nobody needs afterwards. */
export const scratchOf = (session: string): string => join(tmpdir(), `daybook-build-${session}`);

/** What the bundler says of a bundle: the part of its report that is used here. */
export interface Report {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, { readonly bytes: number }>>;
}

/** What a builder says of a program that it has built. */
export interface Built {
  readonly target: Target;
  readonly files: number;
  readonly bytes: number;
}
