import type { CareProgress } from "../../../src/checkpoints.js";
import { startProgress } from "../progress.js";
import type { Progress } from "../progress.js";

const titles: { readonly [Step in CareProgress["step"]]: string } = { checking: "Checking", compressing: "Compressing", deleting: "Deleting" };

/** Does work on files, with a bar for each of its steps. */
export async function withCareProgress<T>(work: (onProgress: (progress: CareProgress) => void) => Promise<T>): Promise<T> {
  // All of them now: what tells of progress cannot wait.
  const bars = new Map<CareProgress["step"], Progress>();
  for (const step of Object.keys(titles) as CareProgress["step"][]) bars.set(step, await startProgress(titles[step], "bytes"));
  let current: CareProgress["step"] | undefined;
  try {
    return await work(({ step, bytes, totalBytes }) => {
      if (current !== undefined && current !== step) bars.get(current)?.stop();
      current = step;
      bars.get(step)?.update(bytes, totalBytes);
    });
  } finally {
    if (current !== undefined) bars.get(current)?.stop();
  }
}
