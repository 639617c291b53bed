import type { RescueProgress } from "../../src/index.js";
import { startProgress } from "./progress.js";
import type { Progress } from "./progress.js";

const titles: { readonly [Step in RescueProgress["step"]]: string } = { reading: "Reading", writing: "Writing", checking: "Checking", "copying files": "Copying files" };

/** A bar for each step of a repair or a backup, one after another. */
export async function startSteps(): Promise<{ readonly update: (progress: RescueProgress) => void; readonly stop: () => void }> {
  // All of them now: what tells of progress cannot wait.
  const bars = new Map<RescueProgress["step"], Progress>();
  for (const step of Object.keys(titles) as RescueProgress["step"][]) bars.set(step, await startProgress(titles[step], "bytes"));
  let current: RescueProgress["step"] | undefined;
  return {
    update: ({ step, bytes, totalBytes }) => {
      if (current !== undefined && current !== step) bars.get(current)?.stop();
      current = step;
      bars.get(step)?.update(bytes, totalBytes);
    },
    stop: () => {
      if (current !== undefined) bars.get(current)?.stop();
    },
  };
}
