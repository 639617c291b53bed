/** A beat, or a call, in an operation that has so many calls behind it: how fast it is, and how many bytes it writes. */
import { join } from "node:path";
import { nodeFileSystem } from "../../src/log/file-system.js";
import { openDaybookOn } from "../../src/open-daybook.js";
import { Ledger } from "../../src/operations.js";
import { countingFiles } from "./counting-files.js";
import { argumentsOf, byManyCallers, expectEqual, oneAfterAnother, report, wayOf } from "./program.js";

const { way, scratch, past, count } = argumentsOf<{ readonly way: string; readonly scratch: string; readonly past: number; readonly count: number }>();

const { files, counts } = countingFiles(nodeFileSystem);
const book = await openDaybookOn({ files }, join(scratch, "book"), { participantId: "bench", durability: "os" });
// Its own beats stay quiet: they come from here.
const ledger = await Ledger.connect({ book, heartbeatIntervalMs: 600_000, staleThresholdMs: 1_800_000 });
const operation = await ledger.createOperation();
const call = async (): Promise<void> => (await operation.startCall({ failOnCrash: false })).end();
await byManyCallers(past, 64, call);

const once = wayOf({ beat: () => operation.heartbeat(), call }, way);
const warmUp = 5;
await oneAfterAnother(warmUp, once);
const before = { ...counts };
const { perSecond = NaN, p50us = NaN } = await oneAfterAnother(count, once);
const bytesWritten = (counts.bytesWritten - before.bytesWritten) / count;

await operation.complete();
const made = way === "call" ? warmUp + count : 0;
expectEqual("calls in the log", (await ledger.operation(operation.operationId)).calls.length, past + made);
report({ perSecond, p50us, bytesWritten });
await ledger.dispose();
await book.close();
