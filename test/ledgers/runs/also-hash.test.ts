import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/index.js";
import { RunLedger } from "../../../src/ledgers/runs/run-ledger.js";
import { temporaryBook } from "./temporary-book.js";

/** A ledger that knows another hash of the same parameters, as imported runs have it. */
async function ledgerWith(alsoHash: (params: JsonObject) => string | undefined): Promise<RunLedger> {
  const { runs } = await temporaryBook();
  return new RunLedger(runs.host, { alsoHash });
}

describe("a run that came with another hash", () => {
  it("is found by its parameters", async () => {
    const runs = await ledgerWith((params) => `legacy ${JSON.stringify(params)}`);
    await runs.allocate("train", { paramHash: 'legacy {"lr":1}' });
    expect(await runs.findOrAllocate("train", { params: { lr: 1 } })).toMatchObject({ uid: "0001", created: false });
    expect(await runs.findOrAllocate("train", { params: { lr: 2 } })).toMatchObject({ uid: "0002", created: true });
    expect(await runs.findOrAllocate("train", { params: { lr: 2 } })).toMatchObject({ uid: "0002", created: false });
  });

  it("is not looked for where the caller names a hash, where there is none, or without parameters", async () => {
    const asked: JsonObject[] = [];
    const runs = await ledgerWith((params) => void asked.push(params));
    await runs.findOrAllocate("train", { params: { lr: 1 }, paramHash: "mine" });
    await runs.findOrAllocate("train", { params: {} });
    await runs.findOrAllocate("train");
    expect(asked).toEqual([]);
    expect(await runs.findOrAllocate("train", { params: { lr: 1 } })).toMatchObject({ uid: "0004", created: true });
    expect(asked).toEqual([{ lr: 1 }]);
  });
});
