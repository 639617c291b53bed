const longest = 8 * 1024;

/** The last 8 KiB of what is pushed. */
export class Tail {
  #pieces: Uint8Array[] = [];
  #length = 0;

  push(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    this.#length += bytes.length;
    while (this.#length - (this.#pieces[0]?.length ?? 0) >= longest) this.#length -= this.#pieces.shift()?.length ?? 0;
  }

  /** As text, from its first whole character on. */
  text(): string {
    const bytes = Buffer.concat(this.#pieces);
    let from = Math.max(0, bytes.length - longest);
    // In the middle of a character of UTF-8 there is none to begin with.
    if (from > 0) while (from < bytes.length && ((bytes[from] ?? 0) & 0xc0) === 0x80) from += 1;
    return bytes.subarray(from).toString("utf8");
  }
}
