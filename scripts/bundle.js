// Bundles what tsc has compiled: each published entry in one file, what they share in chunks, so that they share classes and open daybooks too.
// Loading some sixty small modules takes longer than opening a daybook.
import { build } from "esbuild";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const { dependencies, peerDependencies } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

await build({
  absWorkingDir: dist,
  entryPoints: ["src/index.js", "src/live.js", "src/projects.js", "src/testing.js", "tools/daybook.js", "tools/rebuild-projections.js"],
  // As deep below the package as what they are made of: the command line looks for package.json by a relative path.
  outbase: ".",
  outdir: "bundle",
  chunkNames: "shared/[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  // Dependencies are installed, not copied; except for a small one in CommonJS, which costs a fifth of the whole import.
  external: Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => name !== "fast-json-stable-stringify"),
  logLevel: "warning",
});
