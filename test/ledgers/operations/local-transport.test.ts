import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { Daybook } from "../../../src/index.js";
import { LocalTransport } from "../../../src/ledgers/operations/local/local-transport.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { temporaryBook } from "../runs/temporary-book.js";
import { newSession } from "./decided-operation.js";

const id = "20261128T09:30:00.000-build-00000001";
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const create = (initiator: string) => ({ kind: "create", initiator, token: sha256("t"), description: "build", first: newSession("s1") }) as const;

async function begun(): Promise<{ readonly book: Daybook; readonly transport: LocalTransport }> {
  const book = await temporaryBook();
  const transport = await LocalTransport.open(book);
  await transport.send(id, create("tester"));
  return { book, transport };
}

test("a command is appended, and its result tells where, when, and what the operation is after it", async () => {
  const book = await temporaryBook();
  const transport = await LocalTransport.open(book);
  const created = await transport.send(id, create("tester"));
  const { seq, time } = await book.log.head();
  expect(created).toMatchObject({ changed: true, seq, time, operation: { operationId: id, initiator: "tester", state: "running", openSessions: ["s1"] } });
  const again = await transport.send(id, create("tester"));
  expect(again).toEqual({ ...created, changed: false });
  const call = await transport.send(id, { kind: "start-call", session: "s1", call: "c1", callKind: "call", failOnCrash: true });
  expect(call).toMatchObject({ changed: true, seq: created.seq + 1, operation: { calls: { started: 1 } } });
  expect(await transport.openCalls(id)).toMatchObject([{ call: "c1", session: "s1", time: call.time }]);
});

test("a snapshot has the operation, its open sessions and those that are asked for; of nothing, nothing", async () => {
  const { transport } = await begun();
  await transport.send(id, { kind: "join", joining: newSession("s2") });
  await transport.send(id, { kind: "join", joining: newSession("s3") });
  await transport.send(id, { kind: "leave", session: "s2" });
  expect((await transport.snapshot(id))?.sessions.map(({ session }) => session)).toEqual(["s1", "s3"]);
  expect((await transport.snapshot(id, ["s2", "s1", "nobody"]))?.sessions).toMatchObject([{ session: "s1" }, { session: "s3" }, { session: "s2", state: "left" }]);
  expect(await transport.snapshot("other")).toBeUndefined();
  await expect(transport.send("other", { kind: "log", level: "info", message: "m" })).rejects.toMatchObject({ code: "OPERATION_NOT_FOUND" });
  await expect(transport.snapshot("../x")).rejects.toMatchObject({ code: "INVALID_ID" });
});

test("the history of an operation begins where it is told to, and is empty behind the head", async () => {
  const { book, transport } = await begun();
  const types = async (from?: number): Promise<string[]> => {
    const seen: string[] = [];
    for await (const { type } of transport.history(id, from === undefined ? {} : { from })) seen.push(type);
    return seen;
  };
  const { seq } = await transport.send(id, { kind: "beat", session: "s1", nextWithinMs: 5500, staleAfterMs: 15_000 });
  expect(await types()).toEqual(["operation.created", "participant.joined", "heartbeat.recorded"]);
  expect(await types(seq)).toEqual(["heartbeat.recorded"]);
  expect(await types(seq + 1)).toEqual([]);
  await book.log.append({ stream: `operation/${id}/below`, type: "my.note", data: {} });
  expect(await types(seq + 1)).toEqual([]);
  await expect(transport.history("other").next()).rejects.toMatchObject({ code: "OPERATION_NOT_FOUND" });
});

test("an open daybook lends itself to other participants, and is not closed with the transport", async () => {
  const { book, transport } = await begun();
  const other = await LocalTransport.open(book, { participantId: "worker" });
  await other.send(id, { kind: "join", joining: newSession("s2") });
  expect((await transport.snapshot(id))?.sessions).toMatchObject([{ participant: "tester" }, { participant: "worker" }]);
  await expect(other.send(id, { kind: "leave", session: "s1" })).rejects.toMatchObject({ code: "INVALID_OPTION", field: "session" });
  await other.close();
  expect(await transport.operations()).toHaveLength(1);
  await expect(LocalTransport.open(book, { daybook: {} })).rejects.toMatchObject({ code: "INVALID_OPTION", field: "daybook" });
  await expect(LocalTransport.open({} as Daybook)).rejects.toMatchObject({ code: "INVALID_OPTION", field: "book" });
});

test("the daybook of a folder is opened for a transport and closed with it, also from within its closing", async () => {
  const transport = await LocalTransport.open(temporaryFolder(), { participantId: "worker" });
  await transport.send(id, create("worker"));
  transport.onClose(() => transport.close());
  await transport.close();
  await transport.close();
  await expect(transport.operations()).rejects.toMatchObject({ code: "LOG_CLOSED" });
});

test("it notices what anybody appends", async () => {
  const { book, transport } = await begun();
  const noticed = new Promise<void>((resolve) => {
    const unwatch = transport.watch(() => {
      unwatch();
      resolve();
    });
  });
  await book.log.append({ stream: "notes", type: "my.note", data: {} });
  await noticed;
});

test("operations that came by an import are told from those that were made here", async () => {
  const { book } = await begun();
  const elsewhere = await temporaryBook();
  await elsewhere.import(book.export());
  const transport = await LocalTransport.open(elsewhere);
  await transport.send("here", create("tester"));
  const [came, made] = await transport.operations();
  expect(came === undefined ? undefined : await transport.imported(came)).toBe(true);
  expect(made === undefined ? undefined : await transport.imported(made)).toBe(false);
});

test("as of an earlier moment it shows what was, and takes nothing", async () => {
  const { book, transport } = await begun();
  const { seq } = await book.log.head();
  await transport.send(id, { kind: "complete", session: "s1" });
  const then = await LocalTransport.open(await book.at(seq));
  expect([then.readOnly, then.past, transport.readOnly, transport.past]).toEqual([true, true, false, false]);
  expect((await then.snapshot(id))?.operation.state).toBe("running");
  expect((await transport.snapshot(id))?.operation.state).toBe("completed");
  await expect(then.send(id, { kind: "log", level: "info", message: "m" })).rejects.toMatchObject({ code: "LOG_READ_ONLY" });
});

test("an aborted signal stops a command before it is appended", async () => {
  const { book, transport } = await begun();
  const { seq } = await book.log.head();
  const command = { kind: "beat", session: "s1", nextWithinMs: 1, staleAfterMs: 1 } as const;
  await expect(transport.send(id, command, { signal: AbortSignal.abort(new Error("no")) })).rejects.toThrow();
  expect((await book.log.head()).seq).toBe(seq);
});
