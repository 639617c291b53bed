import type { Command } from "commander";
import { describeError, errorAsJson, exitCodeOf, isCommanderError, markedColumn } from "./errors.js";
import { flushStandardStreams, onBrokenPipe, say } from "./output.js";
import { clean } from "./text.js";
import type { ProgramFactory } from "./program.js";
import type { Outcome } from "./verb.js";

/** Runs a program and ends the process. The one place where errors become messages and exit codes. */
export async function runProgram(build: ProgramFactory, argv: readonly string[]): Promise<never> {
  guardStreams();
  const outcome: Outcome = { exitCode: 0 };
  const program = build(outcome);
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    outcome.exitCode = exitCodeOf(error);
    if (!isCommanderError(error) || outcome.exitCode !== 0) report(program, error, argv);
  }
  await flushStandardStreams();
  // Not left to the event loop: a wrapped command's descendant may hold a pipe open for ever.
  process.exit(outcome.exitCode);
}

function report(program: Command, error: unknown, argv: readonly string[]): void {
  const name = program.name();
  const own = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
  if (own.includes("--json")) say(JSON.stringify(errorAsJson(error)));
  // No verb at all: commander has shown the help.
  else if (isCommanderError(error) && error.code === "commander.help") return;
  // Messages name files, and values that others have logged.
  else say(`${name}: ${clean(describeError(error)).replace(/\.$/, "")}${exitCodeOf(error) === 2 ? `; see \`${name}${verbOf(program, own)} --help\`` : ""}`);
  if (!own.includes("--json")) for (const line of markedColumn(error)) say(line);
  const debug = process.env["DAYBOOK_DEBUG"];
  if (debug !== undefined && debug !== "" && debug !== "0" && error instanceof Error && error.stack !== undefined) say(error.stack);
}

/** The verb that was meant, to point at its help: ` runs`, ` checkpoints prune`. */
function verbOf(program: Command, own: readonly string[]): string {
  const at = own.findIndex((word) => program.commands.some((command) => command.name() === word));
  const verb = program.commands.find((command) => command.name() === own[at]);
  return verb === undefined ? "" : ` ${verb.name()}${verbOf(verb, own.slice(at + 1))}`;
}

function guardStreams(): void {
  onBrokenPipe((error) => {
    // `daybook runs | head -1`: who reads has seen enough.
    if (error.code === "EPIPE" || error.code === "EIO") process.exit(0);
    // `daybook export > events.ndjson` on a full disk.
    say(`daybook: what was to be printed could not be written: ${error.message} (WRITE_FAILED)`);
    process.exit(1);
  });
  process.stderr.on("error", () => undefined);
  // The verbs speak of damage themselves; everything else in one line, without node's prefix.
  process.removeAllListeners("warning");
  process.on("warning", (warning: Error & { code?: string }) => {
    if (warning.code !== "DAYBOOK_DAMAGE") say(`daybook: warning: ${clean(warning.message)}`);
  });
  process.once("SIGINT", () => process.exit(130));
}
