/** The loader hook: gives out a module without the safeguard that is to be off. Runs in node's loader thread. */
import type { InitializeHook, LoadHook } from "node:module";
import type { Sabotage } from "../suite.js";
import { sabotagedModules, sabotageSource } from "./replacements.js";

let target: { readonly name: Sabotage; readonly url: string } | undefined;

export const initialize: InitializeHook<Sabotage> = (name) => {
  target = { name, url: new URL(`../../../src/${sabotagedModules[name].module}`, import.meta.url).href };
};

export const load: LoadHook = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context);
  if (target === undefined || url !== target.url) return loaded;
  if (loaded.source === undefined || loaded.source === null) throw new Error(`Sabotage "${target.name}": ${url} came without its source`);
  const text = typeof loaded.source === "string" ? loaded.source : Buffer.from(loaded.source as Uint8Array).toString("utf8");
  return { ...loaded, source: sabotageSource(target.name, text) };
};
