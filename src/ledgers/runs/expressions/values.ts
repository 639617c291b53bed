/**
 * How values compare in expressions. Numbers compare with numbers and texts with texts; nothing else has an order, and what a run does
 * not have (undefined) is neither equal to anything, nor less, nor greater.
 */

/** A value written without quotes: it is also the text that reads the same. */
export class Bare {
  constructor(
    readonly value: unknown,
    readonly text: string,
  ) {}
}

/** Equal, as JSON is; a list also equals each of its elements. */
export function equal(one: unknown, other: unknown): boolean {
  if (one === undefined || other === undefined) return false;
  return same(one, other) || (Array.isArray(one) && !isList(other) && one.some((element) => same(element, other)));
}

/** Below 0, 0 or above 0; undefined where there is no order. */
export function order(one: unknown, other: unknown): number | undefined {
  if (one instanceof Bare) return opposite(order(other, one));
  if (other instanceof Bare) return typeof one === "string" ? orderText(one, other) : order(one, other.value);
  if (typeof one === "number" && typeof other === "number") return one < other ? -1 : one > other ? 1 : one === other ? 0 : undefined;
  return typeof one === "string" && typeof other === "string" ? (one < other ? -1 : Number(one > other)) : undefined;
}

/** A text that reads as a number orders as one beside a number; a time beside a year orders as a text. */
function orderText(one: string, { value, text }: Bare): number | undefined {
  if (typeof value !== "number") return order(one, text);
  const number = one.trim() === "" ? NaN : Number(one);
  if (!Number.isNaN(number)) return order(number, value);
  return /^\d/.test(one) ? order(one, text) : undefined;
}

/** An element of a list, or a part of a text. */
export function holds(whole: unknown, part: unknown): boolean {
  if (part === undefined) return false;
  if (Array.isArray(whole)) return whole.some((element) => same(element, part));
  const text = part instanceof Bare ? part.text : part;
  return typeof whole === "string" && typeof text === "string" && whole.includes(text);
}

/** Of two numbers; undefined for everything else, and where the result is no number. */
export function calculate(operator: "+" | "-" | "*" | "/" | "%", one: unknown, other: unknown): number | undefined {
  if (typeof one !== "number" || typeof other !== "number") return undefined;
  const result = arithmetic[operator](one, other);
  return Number.isFinite(result) ? result : undefined;
}

const arithmetic: Readonly<Record<"+" | "-" | "*" | "/" | "%", (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
};

const opposite = (result: number | undefined): number | undefined => (result === undefined ? undefined : -result);
const isList = (value: unknown): boolean => Array.isArray(value instanceof Bare ? value.value : value);

function same(one: unknown, other: unknown): boolean {
  if (one instanceof Bare) return other instanceof Bare ? same(one.value, other.value) : same(other, one);
  if (other instanceof Bare) return same(one, other.value) || one === other.text;
  if (Array.isArray(one)) return Array.isArray(other) && one.length === other.length && one.every((element, index) => same(element, other[index]));
  if (!isObject(one) || !isObject(other)) return one === other;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => Object.hasOwn(other, key) && same(one[key], other[key]));
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);
