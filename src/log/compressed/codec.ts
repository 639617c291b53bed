import { parseSegmentFileName } from "../format.js";

/** How a segment can be compressed, in the order in which its files are looked for. */
export const codecs = ["gzip", "brotli"] as const;
export type Codec = (typeof codecs)[number];

/** What a codec adds to the name of a segment. */
export const suffixes: Readonly<Record<Codec, string>> = { gzip: ".gz", brotli: ".br" };

/** What a file of the log folder is of a segment: the segment itself, or a compressed form of it. */
export interface SegmentForm {
  readonly first: number;
  /** Undefined for the plain file. */
  readonly codec: Codec | undefined;
}

/** Reads a file name; undefined for one that is of no segment. */
export function parseSegmentForm(name: string): SegmentForm | undefined {
  const codec = codecs.find((one) => name.endsWith(suffixes[one]));
  const first = parseSegmentFileName(codec === undefined ? name : name.slice(0, -suffixes[codec].length));
  return first === undefined ? undefined : { first, codec };
}
