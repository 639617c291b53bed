/**
 * Runs one suite and sends what it found to the process that forked it. A process of its own, so that a suite that crashes, or that
 * an engine without a safeguard takes down, takes nothing else with it. Arguments: suite, form, seed.
 */
import { assertSabotaged, sabotageOf } from "./sabotage/environment.js";
import { loadSuite } from "./suites.js";
import type { SuiteMessage } from "./messages.js";
import type { Form } from "./suite.js";

const [name = "", form = "ci", seed = "0"] = process.argv.slice(2);
/** Progress is for people: ten times a second is enough. */
const everyMs = 100;
let told = 0;

const say = (message: SuiteMessage): Promise<void> =>
  new Promise((resolve, reject) => {
    if (process.send === undefined) reject(new Error("this program is run by main.js"));
    else process.send(message, (error: Error | null) => (error === null ? resolve() : reject(error)));
  });

async function run(): Promise<SuiteMessage> {
  try {
    const sabotage = sabotageOf(process.env);
    if (sabotage !== undefined) await assertSabotaged(sabotage);
    const suite = await loadSuite(name);
    const report = await suite.run({
      form: form as Form,
      seed: Number(seed),
      sabotage,
      progress: (done, total, what) => {
        if (performance.now() - told < everyMs) return;
        told = performance.now();
        void say({ kind: "progress", done, total, what });
      },
    });
    return { kind: "report", report };
  } catch (error) {
    return { kind: "broke", problem: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

await say(await run());
// Not left to the event loop: what a suite forgot to close is found by the parent.
process.exit(0);
