// Bundles what tsc has compiled: each published entry in one file, and in one more what they share, so that they share classes and open daybooks
// too. Loading some sixty small modules takes longer than opening a daybook; so does each file more, by a third of a millisecond.
import { build } from "esbuild";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const { dependencies, peerDependencies } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
/** Every word of the code: what of Node's modules is not among them is not needed. */
const words = new Set(
  readdirSync(dist, { recursive: true })
    .filter((name) => /^(src|tools)\/.*\.js$/.test(name))
    .flatMap((name) => readFileSync(`${dist}${name}`, "utf8").match(/[A-Za-z_$][\w$]*/g) ?? []),
);
const entries = ["src/index.js", "src/checkpoints.js", "src/live.js", "src/operations.js", "src/projects.js", "src/testing.js", "src/warm-starts.js", "src/replay/threads/fold-worker.js", "tools/daybook.js", "tools/rebuild-projections.js"];

/**
 * Modules of Node without what importing them loads besides: an `import` of `node:fs` fetches everything that it offers, streams
 * included, which takes longer than opening a log. Values that Node works out when they are asked for are left out.
 */
const leanBuiltIns = {
  name: "lean built-ins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: "built-in" }));
    onLoad({ filter: /./, namespace: "built-in" }, ({ path }) => {
      const descriptors = Object.entries(Object.getOwnPropertyDescriptors(process.getBuiltinModule(path)));
      const names = descriptors.filter(([name, { get }]) => get === undefined && words.has(name) && name !== "default");
      const exported = names.map(([name]) => `export const ${name} = builtIn.${name};`);
      return { contents: [`const builtIn = process.getBuiltinModule(${JSON.stringify(path)});`, "export default builtIn;", ...exported].join("\n") };
    });
  },
};

/** Modules of `src` that are loaded by themselves, or when they are needed. */
const wholes = [
  ...["checkpoints", "daybook-past", "daybook-trail", "live", "operations", "projects", "testing", "warm-starts"].map((name) => `src/${name}`),
  "src/ledgers/moving/import-runs",
  "src/ledgers/moving/materializer",
  "src/ledgers/moving/metadata-file",
  "src/log/compressed/compress-segments",
  "src/log/compressed/compression",
  "src/log/index/keep-indexes",
  "src/log/index/segment-lookup",
  "src/log/index/write-index",
  "src/log/open-segment-log",
  "src/log/proof/keys",
  "src/log/proof/prove-head",
  "src/log/rescue/backup-log",
  "src/log/rescue/repair-log",
  "src/log/verify-segments",
  "src/replay/as-of",
  "src/replay/moving/export-events",
  "src/replay/moving/import-events",
  "src/replay/projection-module",
  "src/replay/proof",
  "src/replay/rebuild",
  "src/replay/replay",
  "src/replay/threads/fold-in-threads",
  "src/replay/threads/fold-worker",
  "src/replay/verify",
];

/** Each entry, and each part of the command line that is loaded when needed, takes all of the core along: it is then the same for all, and in one file. */
const wholeCore = {
  name: "whole core",
  setup({ onLoad }) {
    onLoad({ filter: new RegExp(`/dist/(${wholes.join("|")}|tools/.*)\.js$`) }, ({ path }) => ({
      contents: `${readFileSync(path, "utf8")}\nimport ${JSON.stringify(`${dist}src/index.js`)};\n`,
      resolveDir: path.slice(0, path.lastIndexOf("/")),
    }));
  },
};

await build({
  absWorkingDir: dist,
  entryPoints: entries,
  // As deep below the package as what they are made of: the command line looks for package.json by a relative path.
  outbase: ".",
  outdir: "bundle",
  chunkNames: "shared/[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  plugins: [leanBuiltIns, wholeCore],
  // What an entry does not use of the core comes along, instead of being put into a file of its own.
  treeShaking: false,
  // White space is a third of what has to be read; names and lines stay, for stack traces.
  minifyWhitespace: true,
  lineLimit: 160,
  // Dependencies are installed, not copied; except for a small one in CommonJS, which costs a fifth of the whole import.
  external: Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => name !== "fast-json-stable-stringify"),
  logLevel: "warning",
});
