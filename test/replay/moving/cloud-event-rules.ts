/**
 * What CloudEvents 1.0 ask of an event in their JSON format, written from the specification alone (spec.md and formats/json-format.md of 1.0.2): gives
 * every rule that an event breaks.
 */
export function brokenRules(event: unknown): string[] {
  if (typeof event !== "object" || event === null || Array.isArray(event)) return ["an event is a JSON object"];
  const broken: string[] = [];
  const rule = (holds: boolean, text: string): void => void (holds || broken.push(text));
  const { specversion, id, source, type, subject, time, datacontenttype, dataschema, data, data_base64, ...extensions } = event as Readonly<Record<string, unknown>>;
  rule(specversion === "1.0", "specversion is required, and 1.0");
  rule(isString(id) && id !== "", "id is required: a non-empty string");
  rule(isString(source) && isUriReference(source) && source !== "", "source is required: a non-empty URI-reference");
  rule(isString(type) && type !== "", "type is required: a non-empty string");
  rule(subject === undefined || (isString(subject) && subject !== ""), "subject is a non-empty string");
  rule(time === undefined || (isString(time) && isTimestamp(time)), "time is a timestamp of RFC 3339");
  rule(datacontenttype === undefined || (isString(datacontenttype) && /^[\w.+-]+\/[\w.+-]+(?:\s*;.*)?$/.test(datacontenttype)), "datacontenttype is a media type of RFC 2046");
  rule(dataschema === undefined || (isString(dataschema) && dataschema !== "" && URL.canParse(dataschema)), "dataschema is a non-empty URI");
  rule(data === undefined || data_base64 === undefined, "data and data_base64 exclude each other");
  for (const [name, value] of Object.entries(extensions)) {
    rule(/^[a-z0-9]+$/.test(name), `${name}: names of attributes are lower-case letters and digits of ASCII`);
    rule(name.length <= 20, `${name}: names of attributes should have at most 20 characters`);
    const isInteger = typeof value === "number" && Number.isInteger(value) && value >= -2_147_483_648 && value <= 2_147_483_647;
    rule(typeof value === "boolean" || isInteger || isString(value), `${name}: a value is a boolean, an integer of 32 bits or a string`);
  }
  return broken;
}

/** Characters that a String of the type system must not have: controls, lone surrogates, noncharacters. */
function isString(value: unknown): value is string {
  if (typeof value !== "string") return false;
  return Array.from(value, (one) => one.codePointAt(0) as number).every(
    (code) => code > 0x1f && !(code >= 0x7f && code <= 0x9f) && !(code >= 0xd800 && code <= 0xdfff) && (code & 0xfffe) !== 0xfffe && !(code >= 0xfdd0 && code <= 0xfdef),
  );
}

const isUriReference = (text: string): boolean => /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]*$/.test(text) && !/%(?![0-9A-Fa-f]{2})/.test(text);

/** RFC 3339, section 5.6. */
function isTimestamp(text: string): boolean {
  const [, year, month, day, hour, minute, second] = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  if (year === undefined) return false;
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= days && Number(hour) < 24 && Number(minute) < 60 && Number(second) <= 60;
}
