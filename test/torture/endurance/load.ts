import { setTimeout as sleep } from "node:timers/promises";
import type { Assignment, Role } from "./messages.js";
import type { Plan } from "./plan.js";
import { LoadProcess } from "./processes.js";

/** The processes that live as long as the load does. */
const crew: readonly (readonly [by: string, role: Role])[] = [
  ["appender-1", "appender"],
  ["appender-2", "appender"],
  ["ledger-1", "ledger"],
  ["ledger-2", "ledger"],
  ["reader-1", "reader"],
  ["opener-1", "opener"],
];

/** What is left of a load: its processes, all of them ended. */
export interface Load {
  readonly lasting: readonly LoadProcess[];
  readonly visitors: readonly LoadProcess[];
}

/** Lets all processes work on one root for so long. */
export async function runLoad(place: Pick<Assignment, "root" | "notes">, plan: Plan, seed: number, onTime: (ms: number) => void): Promise<Load> {
  const assign = (by: string, role: Role, number: number): Assignment => ({ ...place, role, by, plan, seed: (seed + number * 7919) >>> 0 });
  const lasting = crew.map(([by, role], index) => new LoadProcess(assign(by, role, index)));
  const visitors: LoadProcess[] = [];
  try {
    await Promise.all(lasting.map(({ ready }) => ready));
    const started = performance.now();
    for (const process of lasting) process.go();
    const over = new AbortController();
    const clock = setInterval(() => onTime(performance.now() - started), 500);
    const coming = (async () => {
      while (!over.signal.aborted) {
        const visitor = new LoadProcess(assign(`visitor-${visitors.length + 1}`, "visitor", crew.length + visitors.length));
        visitors.push(visitor);
        await visitor.ready;
        visitor.go();
        await visitor.ended;
        await sleep(plan.visitEveryMs, undefined, { signal: over.signal }).catch(() => undefined);
      }
    })();
    // A load whose processes have all ended before their time is over, too.
    await Promise.race([sleep(plan.loadMs, undefined, { signal: over.signal }).catch(() => undefined), Promise.all(lasting.map(({ ended }) => ended))]);
    over.abort();
    clearInterval(clock);
    await Promise.all([coming, ...lasting.map((process) => process.stop())]);
    return { lasting, visitors };
  } finally {
    for (const process of [...lasting, ...visitors]) process.kill();
    await Promise.all([...lasting, ...visitors].map(({ ended }) => ended));
  }
}
