/** The key to sign with: the option, else DAYBOOK_SIGNING_KEY, which may hold a path or PEM text; empty is none. */
export function signingKeyOf(option?: string): string | undefined {
  const known = option ?? process.env["DAYBOOK_SIGNING_KEY"];
  return known === "" ? undefined : known;
}
