import type { Command } from "commander";
import { UsageError } from "./errors.js";
import { readRunScope } from "./run-address.js";

/** What stands behind `--`. Asked for, because without it options meant for the command would be taken for ours. */
export function commandBehindDashes(argv: readonly string[], { args }: Command, usage: string): string[] {
  const dashes = argv.indexOf("--");
  const behind = dashes === -1 ? [] : argv.slice(dashes + 1);
  if (dashes === -1) throw new UsageError(`write -- before the command: ${usage}`);
  if (behind.length === 0 || behind[0] === "") throw new UsageError("there is no command behind --");
  if (args.length - 1 !== behind.length) throw new UsageError(`unexpected argument ${JSON.stringify(args[1])} before --`);
  return behind;
}

/** Before a root is made: what the ledger would refuse. @returns the relpath in its plain form, `""` for the root */
export async function checkNames(identifier: string, { relpath, tag = [] }: { readonly relpath?: string; readonly tag?: readonly string[] }): Promise<string> {
  if (identifier.includes("/")) throw new UsageError(`${identifier}: an identifier holds no "/"; the rest goes into --relpath`);
  const scope = await readRunScope(relpath === undefined ? identifier : `${identifier}/${relpath}`);
  if (relpath?.startsWith("/") === true) throw new UsageError(`--relpath ${relpath}: it is relative to the identifier`);
  const bad = tag.find((one) => !/^\P{Cc}{1,128}$/u.test(one));
  if (bad !== undefined) throw new UsageError(`--tag ${JSON.stringify(bad)}: a tag has 1 to 128 characters, none of them a control character`);
  return scope.relpath;
}
