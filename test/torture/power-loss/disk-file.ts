/** What a disk writes whole or not at all. */
export const sectorBytes = 512;

interface Change {
  readonly start: number;
  readonly end: number;
  /** The whole content behind the change. */
  readonly content: Buffer;
}

/** What of a file a power cut can leave: independent choices, each among a number of alternatives. */
export interface FileChoices {
  /** How many alternatives each choice has. The last of each is the newest. */
  readonly alternatives: readonly number[];
  content(chosen: readonly number[]): Buffer;
}

/** One file over time: its content after each change, and which changes a sync had made durable. */
export class DiskFile {
  readonly #changes: Change[];
  readonly #syncs: { readonly start: number; readonly end: number }[] = [];

  constructor(content: Buffer = Buffer.alloc(0)) {
    this.#changes = [{ start: -1, end: -1, content }];
  }

  write(start: number, end: number, at: number, bytes: Buffer): void {
    const before = this.#newest;
    const content = Buffer.alloc(Math.max(before.length, at + bytes.length));
    before.copy(content);
    bytes.copy(content, at);
    this.#changes.push({ start, end, content });
  }

  truncate(start: number, end: number, size: number): void {
    const content = Buffer.alloc(size);
    this.#newest.copy(content);
    this.#changes.push({ start, end, content });
  }

  sync(start: number, end: number): void {
    this.#syncs.push({ start, end });
  }

  get #newest(): Buffer {
    return (this.#changes.at(-1) as Change).content;
  }

  /**
   * A cut at `time`. A sync that had ended covers what was complete when it began. Of all later changes, each sector shows one moment,
   * and so does the size, independently of each other; sizes in between, too, where a longer file was not written out to its end.
   */
  choicesAt(time: number): FileChoices {
    const begun = this.#changes.filter(({ start }) => start <= time);
    const durable = this.#durableIndex(begun, time);
    const versions = begun.slice(durable).map(({ content }) => content);
    const longest = Math.max(...versions.map(({ length }) => length));
    const sectors: { readonly at: number; readonly contents: readonly Buffer[] }[] = [];
    for (let at = 0; at < longest; at += sectorBytes) {
      const contents = distinct(versions.map((version) => padded(version.subarray(at, at + sectorBytes))));
      if (contents.length > 1) sectors.push({ at, contents });
    }
    const sizes = sizesBetween(versions.map(({ length }) => length));
    const base = versions[0] as Buffer;
    return {
      alternatives: [sizes.length, ...sectors.map(({ contents }) => contents.length)],
      content: (chosen) => {
        const whole = Buffer.alloc(Math.ceil(longest / sectorBytes) * sectorBytes);
        base.copy(whole);
        for (const [index, { at, contents }] of sectors.entries()) (contents[chosen[index + 1] as number] as Buffer).copy(whole, at);
        return whole.subarray(0, sizes[chosen[0] as number]);
      },
    };
  }

  #durableIndex(begun: readonly Change[], time: number): number {
    let durable = 0;
    for (const sync of this.#syncs) {
      if (sync.end > time) continue;
      durable = Math.max(durable, begun.findLastIndex(({ end }) => end <= sync.start));
    }
    return durable;
  }
}

function padded(sector: Buffer): Buffer {
  if (sector.length === sectorBytes) return sector;
  const whole = Buffer.alloc(sectorBytes);
  sector.copy(whole);
  return whole;
}

/** In the order of their last appearance. */
function distinct(all: readonly Buffer[]): Buffer[] {
  return all.filter((one, index) => !all.slice(index + 1).some((later) => later.equals(one)));
}

/** The sizes themselves, the newest last, and what lies between them at the edge of a sector. */
function sizesBetween(lengths: readonly number[]): number[] {
  const between: number[] = [];
  const [least, most] = [Math.min(...lengths), Math.max(...lengths)];
  for (let size = Math.ceil((least + 1) / sectorBytes) * sectorBytes; size < most; size += sectorBytes) between.push(size);
  const own = lengths.filter((length, index) => !lengths.includes(length, index + 1));
  return [...own.slice(0, -1), ...between.filter((size) => !own.includes(size)), ...own.slice(-1)];
}
