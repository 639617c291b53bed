import type { SuiteReport } from "./suite.js";

/** What the process of a suite says to the one that started it. */
export type SuiteMessage =
  | { readonly kind: "progress"; readonly done: number; readonly total: number; readonly what: string }
  | { readonly kind: "report"; readonly report: SuiteReport }
  /** The suite itself threw: what it would have found is not known. */
  | { readonly kind: "broke"; readonly problem: string };
