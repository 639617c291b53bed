import pc from "picocolors";

/** Functions that colour a text, or leave it as it is. */
export type Colours = ReturnType<typeof pc.createColors>;

/** The colours of a stream: NO_COLOR, then FORCE_COLOR, then whether it is a terminal. (Not `--color` on a wrapped command's line.) */
export function coloursOf(stream: { readonly isTTY?: boolean } = process.stdout, env: NodeJS.ProcessEnv = process.env): Colours {
  const isSet = (value: string | undefined): value is string => value !== undefined && value !== "";
  if (isSet(env["NO_COLOR"])) return pc.createColors(false);
  if (isSet(env["FORCE_COLOR"])) return pc.createColors(env["FORCE_COLOR"] !== "0" && env["FORCE_COLOR"] !== "false");
  return pc.createColors(stream.isTTY === true && env["TERM"] !== "dumb");
}
