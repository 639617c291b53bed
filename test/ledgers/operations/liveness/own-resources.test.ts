import { createHash } from "node:crypto";
import { existsSync, mkdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { OwnResources } from "../../../../src/ledgers/operations/liveness/own-resources.js";
import { LocalTransport } from "../../../../src/ledgers/operations/local/local-transport.js";
import { thisProcess } from "../../../../src/ledgers/runs/process-identity.js";
import { temporaryFolder } from "../../../support/temporary-folder.js";
import { temporaryBook } from "../../runs/temporary-book.js";
import { newSession } from "../decided-operation.js";

const [id, other] = ["20261128T09:30:00.000-build-00000001", "20261128T09:30:00.000-build-00000002"];

/** Sessions s1 and s2 of an operation, and s3 of another one, all of this process. */
async function sessions() {
  const book = await temporaryBook();
  const transport = await LocalTransport.open(book);
  const token = createHash("sha256").update("t").digest("hex");
  await transport.send(id, { kind: "create", initiator: book.participantId, token, first: newSession("s1", thisProcess()) });
  await transport.send(id, { kind: "join", joining: newSession("s2", thisProcess()) });
  await transport.send(other, { kind: "create", initiator: book.participantId, token, first: newSession("s3", thisProcess()) });
  const of = (operationId: string, session: string) => new OwnResources({ transport, operationId, session }, (command) => transport.send(operationId, command));
  const folder = realpathSync(temporaryFolder());
  const path = join(folder, "shared");
  mkdirSync(join(path, "below"), { recursive: true });
  return { transport, path, s1: of(id, "s1"), s2: of(id, "s2"), s3: of(other, "s3") };
}

test("a path that another living session has registered too is only let go of, also where one lies in the other", async () => {
  const { transport, path, s1, s2, s3 } = await sessions();
  await s1.register(path);
  await s2.register(join(path, "below"));
  await s3.register(path);
  expect(await s1.removeAll()).toEqual([]);
  expect([existsSync(join(path, "below")), (await transport.resources()).map(({ session }) => session)]).toEqual([true, ["s2", "s3"]]);
  await s2.removeAll();
  expect(existsSync(join(path, "below"))).toBe(true);
  await s3.removeAll();
  expect([existsSync(path), await transport.resources()]).toEqual([false, []]);
});

test("of several that remove at the same time the last one does it", async () => {
  const { transport, path, s1, s2, s3 } = await sessions();
  for (const one of [s1, s2, s3]) await one.register(path);
  expect(await Promise.all([s1.removeAll(), s2.removeAll(), s3.removeAll(), s1.removeAll()])).toEqual([[], [], [], []]);
  expect([existsSync(path), await transport.resources()]).toEqual([false, []]);
});

test("one of a session that is over, or of the operation that fails, holds nothing up", async () => {
  const { transport, path, s1, s2, s3 } = await sessions();
  for (const one of [s1, s2, s3]) await one.register(path);
  await transport.send(other, { kind: "leave", session: "s3" });
  await transport.send(id, { kind: "start-call", session: "s2", call: "c1", callKind: "call", failOnCrash: true });
  await transport.send(id, { kind: "fail-call", session: "s2", call: "c1", error: { message: "no" }, cleanupWithinMs: 1000 });
  expect(await s1.removeAll()).toEqual([]);
  expect(existsSync(path)).toBe(false);
});
