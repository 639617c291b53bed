import { openDaybook } from "../../src/index.js";
import type { Daybook, DaybookOptions } from "../../src/index.js";
import { schemas } from "../schemas.js";

/** Opens a daybook as the benchmarks do; with schemas for the workload's types, or without. */
export async function openBook(root: string, options: DaybookOptions = {}, withSchemas = true): Promise<Daybook> {
  const book = await openDaybook(root, { participantId: "bench", ...options });
  if (withSchemas) for (const [type, schema] of Object.entries(schemas)) book.registerEvent(type, { schema });
  return book;
}
