import { InvalidArgumentError } from "commander";

const units: Readonly<Record<string, number>> = { "": 1, b: 1, k: 1024, kib: 1024, kb: 1000, m: 1024 ** 2, mib: 1024 ** 2, mb: 1e6, g: 1024 ** 3, gib: 1024 ** 3, gb: 1e9, t: 1024 ** 4, tib: 1024 ** 4, tb: 1e12 };

/** An option's size in bytes: `4096`, `500MiB`, `1.5G`. */
export function size(text: string): number {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text.trim()) ?? [];
  const factor = units[unit.toLowerCase()];
  const bytes = Math.round(Number(amount) * (factor ?? NaN));
  if (factor === undefined || !Number.isSafeInteger(bytes)) throw new InvalidArgumentError("It must be a size such as 4096, 500MiB, 2G.");
  return bytes;
}
