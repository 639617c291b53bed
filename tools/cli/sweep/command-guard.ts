import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";

/** Keeps a list of process groups as told line by line, and kills those on it when its input ends. */
const program = `
all=" "
while read -r what group; do
  case $what in
    +) all="$all$group " ;;
    -) all="\${all%% $group *} \${all#* $group }" ;;
  esac
done
for group in $all; do kill -KILL "-$group" 2>/dev/null; done
`;

/**
 * Ends commands whose `daybook sweep` is gone. Killed by SIGKILL, that can say nothing to them, and they would go on in the folder of a run
 * that is taken up again. So a small process beside it (a shell, in a session of its own) holds the other end of a pipe: when that
 * breaks, whatever the reason, it kills the commands that are on its list.
 */
export class CommandGuard {
  readonly #process: ChildProcess;

  /** `warn` is told when there can be no guard. */
  constructor(warn: (problem: string) => void) {
    this.#process = spawn("sh", ["-c", program], { stdio: ["pipe", "ignore", "ignore"], detached: true, cwd: "/" });
    this.#process.on("error", (error) => warn(`commands would outlive a killed daybook: ${error.message}`));
    // It was killed itself; nothing to be done about it.
    this.#process.stdin?.on("error", () => undefined);
    this.#process.unref();
  }

  /** From now on this process group ends with us. */
  add(group: number): void {
    this.#process.stdin?.write(`+ ${group}\n`);
  }

  /** The command has ended; its number may soon be another's. */
  drop(group: number): void {
    this.#process.stdin?.write(`- ${group}\n`);
  }

  close(): void {
    this.#process.stdin?.end();
  }
}
