import type { Colours } from "../colours.js";

/** Titles, each with its lines below; those without lines are left out. */
export function sections(colours: Colours, parts: readonly (readonly [title: string, lines: readonly string[]])[]): string[] {
  return parts.flatMap(([title, lines]) => (lines.length === 0 ? [] : ["", colours.bold(title), ...lines.map((line) => `  ${line}`)]));
}
