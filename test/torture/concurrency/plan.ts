import type { Durability } from "../../../src/index.js";
import type { Mix } from "./programs/choose.js";
import { randomFrom } from "./random.js";
import type { Random } from "./random.js";

/** At which of its own calls a process kills itself by SIGKILL. */
export interface KillAtCall {
  /** Which calls are counted: the writing of commits, or everything that changes a file. */
  readonly calls: "commits" | "all";
  readonly nth: number;
  /** A write can be done by half, or whole but with a wrong byte, as blocks that reach the disk in another order leave it. */
  readonly when: "before" | "half" | "garbled" | "after";
}

/** Everything that one client needs to know: a handle of its own, in the main thread of its process or in a worker thread. */
export interface ClientPlan {
  readonly name: string;
  readonly seed: number;
  readonly thread: boolean;
  readonly operations: number;
  /** How many operations it has under way at once. */
  readonly lanes: number;
  /** How often it opens its daybook, closing it before. */
  readonly legs: number;
  readonly durability: Durability;
  /** Its commits can be seen half written. */
  readonly slowWrites: boolean;
}

export interface ProcessPlan {
  readonly name: string;
  readonly clients: readonly ClientPlan[];
  readonly segmentBytes: number;
  /** Open before the barrier, or behind it: all at once. */
  readonly openFirst: boolean;
  readonly killAtCall?: KillAtCall;
  /** Killed from outside so long after its start. */
  readonly killAfterMs?: number;
}

export interface ReaderPlan {
  readonly name: string;
  readonly seed: number;
  readonly readOnly: boolean;
}

/** One round: chains of processes, of which each follows one that was killed, and readers alongside. */
export interface RoundPlan {
  readonly seed: number;
  readonly mix: Mix;
  readonly chains: readonly (readonly ProcessPlan[])[];
  readonly readers: readonly ReaderPlan[];
  /** Events that are there before anybody begins: enough for snapshots, or none, and then not even a root. */
  readonly eventsBefore: number;
}

/** How large rounds are. */
export interface RoundSize {
  readonly processes: readonly [least: number, most: number];
  /** Of all clients together, about. */
  readonly operations: number;
  /** Kill somebody in every round, not only in most, and always in this way. */
  readonly alwaysKill?: KillAtCall["when"] | undefined;
}

/** What a round does follows from its seed. */
export function planRound(seed: number, size: RoundSize): RoundPlan {
  const random = randomFrom(seed);
  const processes = random.whole(...size.processes);
  const readerCount = processes < 3 ? 0 : random.whole(1, Math.max(1, Math.floor(processes / 4)));
  const chainCount = processes - readerCount;
  const operations = Math.max(12, Math.round(size.operations / chainCount));
  const killing = random.chance(0.6) || size.alwaysKill !== undefined;
  return {
    seed,
    mix: drawMix(random),
    eventsBefore: random.chance(0.5) ? 600 : 0,
    chains: Array.from({ length: chainCount }, (_, index) => planChain(random, `p${index + 1}`, operations, killing && random.chance(0.5), size.alwaysKill)),
    readers: Array.from({ length: readerCount }, (_, index) => ({ name: `r${index + 1}`, seed: random.whole(0, 2 ** 31), readOnly: random.chance(0.6) })),
  };
}

function planChain(random: Random, name: string, operations: number, killed: boolean, always: KillAtCall["when"] | undefined): ProcessPlan[] {
  const deaths = killed ? random.whole(1, 2) : 0;
  const each = Math.max(8, Math.round(operations / (deaths + 1)));
  return Array.from({ length: deaths + 1 }, (_, generation) => {
    const plain = planProcess(random, deaths === 0 ? name : `${name}.${generation + 1}`, each);
    if (generation === deaths) return plain;
    // One that is to be killed has more to do than it will get done.
    const doomed = { ...plain, clients: plain.clients.map((client) => ({ ...client, operations: client.operations * 4 })) };
    const atCall = random.chance(0.75) || always !== undefined;
    return atCall ? { ...doomed, killAtCall: planKill(random, always) } : { ...doomed, killAfterMs: random.whole(20, 400) };
  });
}

function planKill(random: Random, always: KillAtCall["when"] | undefined): KillAtCall {
  // Half of a commit is the most instructive death.
  if (always !== undefined || random.chance(0.6)) return { calls: "commits", nth: random.whole(2, 12), when: always ?? random.pick(["half", "half", "garbled"]) };
  return { calls: "all", nth: random.whole(2, 120), when: random.pick(["before", "half", "after"]) };
}

function planProcess(random: Random, name: string, operations: number): ProcessPlan {
  const others = random.chance(0.4) ? random.whole(1, 2) : 0;
  const clients = Array.from({ length: others + 1 }, (_, index): ClientPlan => ({
    name: index === 0 ? name : `${name}/${index}`,
    seed: random.whole(0, 2 ** 31),
    // Handles of one thread share an engine; those of two threads do not.
    thread: index > 0 && random.chance(0.8),
    operations: Math.max(6, Math.round(operations / (others + 1))),
    lanes: random.whole(1, 3),
    legs: random.chance(0.4) ? 2 : 1,
    durability: random.chance(0.5) ? "fsync" : "os",
    slowWrites: random.chance(0.25),
  }));
  return { name, clients, segmentBytes: random.pick([4096, 4096, 8192, 32_768]), openFirst: random.chance(0.5) };
}

const usual: Mix = {
  allocate: 3, "find-or-allocate": 4, "count-runs": 3, "run-exists": 2, "find-by-param": 2, report: 4, "read-run": 5, "append-expecting": 6,
  "read-stream": 3, "append-once": 4, "raise-counter": 5, "read-counter": 3, transfer: 4, "read-balance": 2, head: 3,
};

/** The usual mix, or one that does a few things ten times as often. */
function drawMix(random: Random): Mix {
  if (random.chance(0.4)) return usual;
  return Object.fromEntries(Object.entries(usual).map(([kind, weight]) => [kind, random.chance(0.3) ? weight * 10 : weight])) as unknown as Mix;
}
