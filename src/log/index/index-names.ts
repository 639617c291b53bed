import * as path from "node:path";
import type { LogPlace } from "../segment-walker.js";

/** Where the indices of a log lie. */
export const indexFolder = (place: Pick<LogPlace, "folder">): string => path.join(path.dirname(place.folder), "index");

/** The file name of the index of the segment whose first event has that seq. */
export const indexFileName = (first: number): string => `${String(first).padStart(20, "0")}.index.ndjson`;
