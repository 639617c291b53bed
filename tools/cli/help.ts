/** A line of an Examples section: a real command line, and what it does. */
export type Example = readonly [command: string, does: string];

const rootRule = `Root:
  --root DIR, else $DAYBOOK_ROOT, else the nearest folder upwards with a daybook.json, else ./results`;

/** What stands below the options in the help of every verb. */
export function helpText(examples: readonly Example[], exitCodes: string, more = ""): string {
  const lines = examples.map(([command, does]) => `  $ ${command}\n      ${does}`);
  return `${more === "" ? "" : `\n${more}\n`}\nExamples:\n${lines.join("\n")}\n\n${rootRule}\n\nExit codes:\n  ${exitCodes}\n`;
}

/** What stands below the verbs in `daybook --help`. */
export const tour = `
A short tour:
  $ daybook run train -p lr=0.1 -p model.width=8 -- python -u train.py
      runs any command as a tracked run; it finds its number, parameters and folder in DAYBOOK_* variables
  $ daybook sweep train --grid lr=0.1,0.01 --grid model.width=8,16 --jobs 2 -- python train.py
      a run for every combination; the same again goes on where it was stopped
  $ daybook set --metric accuracy=0.97 --file weights=model.pt
      said from inside the command; a metrics.json that it leaves in its folder is taken up too
  $ daybook runs --where 'params.lr < 0.1 and status = DONE' --sort -metrics.accuracy
      the table of runs, the best first
  $ daybook show train/0001
      everything about one run: parameters, metrics, files, attempts, history
  $ daybook runs --at 2h
      the same as it stood two hours ago; every verb that reads takes --at SEQ or --at TIME
  $ daybook history train/0001 && daybook blame train/0001 && daybook diff 2h head
      what happened to a run, who set what in it, and what became of all runs in the last two hours
  $ daybook hashes --why && daybook checkpoints && daybook checkpoints diff a1b2 c3d4
      what an experiment was made of, what changed each time, and the checkpoints of its models
  $ daybook warm-starts show 3f9a0c21
      what the next fit of a problem begins from, and how its objective fell, as a chart
  $ daybook log --follow
      every event, as it is appended
  $ daybook verify --full && daybook rebuild-projections --check
      is every byte as it was written, and does every view follow from it?
  $ daybook head > head.json; daybook verify --since head.json
      kept elsewhere, the head proves later that nothing before it was changed or cut off

${rootRule}
  Only \`run\`, \`sweep\` and \`import\` make a new root. Global options stand before or after the verb.

Exit codes:
  0 ok, 1 a fault or a miss, 2 wrong usage; \`run\` passes on the command's own

Environment:
  DAYBOOK_ROOT   the root      NO_COLOR, FORCE_COLOR   colours      DAYBOOK_DEBUG=1   stack traces
  DAYBOOK_SIGNING_KEY   a private key: what is sealed is signed by it
  DAYBOOK_PROJECTIONS   modules with projections of yours, parted by ":", as if given by --projections
`;
