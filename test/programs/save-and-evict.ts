/**
 * Saves, overwrites, looks up and evicts entries of keys that others use at the same time, with a budget that holds few of them. Whatever is looked up has to be what was
 * saved, and nothing may be reported: else it ends with an error. Prints `saved N` at the end. Arguments: root, name, rounds, seed.
 */
import { openDaybook } from "../../src/index.js";
import { Fingerprint, WarmStartSession, WarmStartStore } from "../../src/warm-starts.js";
import type { CachedEntry } from "../../src/warm-starts.js";
import { seededRandom } from "../../examples/penguins/random.js";
import { sharedBudget, sharedKeys, tellingPayload, tells } from "../support/warm-start-payloads.js";

const [root = "", name = "", rounds = "50", seed = "1"] = process.argv.slice(2);
const random = seededRandom(Number(seed));
const below = (count: number): number => Math.floor(random() * count);
const book = await openDaybook(root, { participantId: name });
const store = await WarmStartStore.open(book, {
  sizeBudgetBytes: sharedBudget,
  onError: (error, fault) => {
    console.error(`${JSON.stringify(fault)}: ${error.message}`);
    process.exit(1);
  },
});
const keys = sharedKeys.map((hex) => Fingerprint.fromHex(hex));
const sessions = new Map<string, WarmStartSession>();
let saved = 0;

function check(key: string, entry: CachedEntry | undefined): void {
  if (entry !== undefined && !tells(entry.payload, key, entry.objective)) throw new Error(`an entry of ${key} with objective ${entry.objective} has another's payload`);
}

console.log("ready");
await new Promise<void>((resolve) => process.stdin.once("data", () => resolve()));
for (let round = 0; round < Number(rounds); round += 1) {
  const key = keys[below(keys.length)] as Fingerprint;
  const hex = key.toHex();
  // Never the same twice, whoever draws it.
  const objective = below(1000) + Number(seed) / 100 + round / 1e6;
  const payload = tellingPayload(hex, objective, below(3000));
  switch (below(6)) {
    case 0:
      await store.save(key, payload, { objective, iteration: round });
      saved += 1;
      break;
    case 1:
    case 2: {
      const session = sessions.get(hex) ?? WarmStartSession.open(store, key, { minIntervalMs: 0 });
      sessions.set(hex, session);
      check(hex, await session.tryLoad());
      if (!(await session.checkpoint(payload, objective, round))) throw new Error("a checkpoint was not written");
      saved += 1;
      break;
    }
    case 3:
      await store.evict();
      break;
    case 4:
      // All at once: some entry goes between its row and its file.
      await Promise.all(keys.flatMap((one) => [store.lookup(one), store.lookupLatest(one)].map(async (entry) => check(one.toHex(), await entry))));
      break;
    default: {
      const hit = await store.nearest([key, keys[below(keys.length)] as Fingerprint]);
      if (hit !== undefined) check(hit.key, hit);
    }
  }
}
await store.close();
await book.close();
console.log(`saved ${saved}`);
process.stdin.destroy();
