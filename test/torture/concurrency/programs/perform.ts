import { isDaybookError } from "../../../../src/index.js";
import type { Daybook, Durability, NewEvent, VersionConflictError } from "../../../../src/index.js";
import type { EventMark } from "../projections.js";
import { balanceProjection, countersProjection } from "../projections.js";
import { reportedScope } from "../operations.js";
import type { InputOf, Kind, Operation, OutputOf, Scope } from "../operations.js";

type Performers = { readonly [K in Kind]: (book: Daybook, input: InputOf<K>, op: string, durability: Durability | undefined) => Promise<OutputOf<K>> };

/** Carries an operation out on a daybook. */
export function perform(book: Daybook, operation: Operation, durability: Durability | undefined): Promise<OutputOf<Kind>> {
  const performer = performers[operation.kind] as (book: Daybook, input: unknown, op: string, durability: Durability | undefined) => Promise<OutputOf<Kind>>;
  return performer(book, operation.input, operation.op, durability);
}

const uidText = (uid: number): string => String(uid).padStart(4, "0");
const place = (scope: Scope): { relpath: string } => ({ relpath: scope.relpath });
const chosen = (durability: Durability | undefined): { durability?: Durability } => (durability === undefined ? {} : { durability });

/** Events of one append, each with the mark of its operation. */
function marked(op: string, events: readonly { readonly stream: string; readonly type: string; readonly data: object }[]): NewEvent<string, object>[] {
  return events.map(({ stream, type, data }, index) => ({ stream, type, data: { ...data, op, index, of: events.length } satisfies EventMark }));
}

const performers: Performers = {
  allocate: async (book, { scope }, op) => Number(await book.runs.allocate(scope.identifier, { ...place(scope), params: { op } })),
  "find-or-allocate": async (book, { scope, param }) => {
    const { uid, created } = await book.runs.findOrAllocate(scope.identifier, { ...place(scope), params: { param } });
    return { uid: Number(uid), created };
  },
  "count-runs": async (book, { scope }) => (await book.runs.list({ where: { identifier: scope.identifier, relpath: scope.relpath } })).length,
  "run-exists": async (book, { scope, uid }) => (await book.runs.getRecord(scope.identifier, uidText(uid), place(scope))) !== undefined,
  "find-by-param": async (book, { scope, param }) => {
    const found = await book.runs.findByParamHash(scope.identifier, book.runs.paramHash({ param }), place(scope));
    return found === undefined ? null : Number(found[0]);
  },
  report: async (book, { run, status }, op) => {
    await book.runs.log(reportedScope.identifier, uidText(run), { ...place(reportedScope), status, note: op });
    return "ok";
  },
  "read-run": async (book, { run }) => {
    const record = await book.runs.getRecord(reportedScope.identifier, uidText(run), place(reportedScope));
    return { status: record?.status ?? "none", note: record?.note ?? null };
  },
  "append-expecting": async (book, { stream, expect }, op, durability) => {
    const set = { stream, type: "mark.set", data: { padding: "m".repeat(expect % 300) } };
    const events = marked(op, expect % 2 === 0 ? [set, { stream, type: "mark.kept", data: {} }] : [set]);
    try {
      const { firstSeq, lastSeq } = await book.log.append(events, { expect: { stream, seq: expect }, ...chosen(durability) });
      return { first: firstSeq, last: lastSeq };
    } catch (error) {
      if (isDaybookError(error, "VERSION_CONFLICT")) return { conflict: (error as VersionConflictError).actual };
      throw error;
    }
  },
  "read-stream": async (book, { stream }) => {
    const seqs: number[] = [];
    for await (const event of book.log.read({ stream })) seqs.push(event.seq);
    return seqs;
  },
  "append-once": async (book, { id, payload }, _op, durability) => {
    // The data is the payload's and nobody's own: whoever sends it sends the same events.
    const events = marked(`${id}-${payload}`, Array.from({ length: payload }, () => ({ stream: `once/${id}`, type: "payload.sent", data: { payload } })));
    try {
      const { duplicate, firstSeq, lastSeq } = await book.log.append(events, { id, ...chosen(durability) });
      return { duplicate, first: firstSeq, last: lastSeq };
    } catch (error) {
      if (isDaybookError(error, "ID_REUSED")) return "reused";
      throw error;
    }
  },
  "raise-counter": async (book, { counter }, op, durability) => {
    const { result } = await book.transact(
      [countersProjection],
      ({ counters }) => {
        const value = (counters.get(counter) ?? 0) + 1;
        return { events: marked(op, [{ stream: counter, type: "counter.raised", data: { value } }]), result: value };
      },
      chosen(durability),
    );
    return result;
  },
  "read-counter": async (book, { counter }) => ((await book.view(countersProjection.name)) as Record<string, number>)[counter] ?? 0,
  transfer: async (book, { amounts }, op, durability) => {
    const events = marked(op, amounts.map((amount, index) => ({ stream: `account/${index}`, type: "amount.moved", data: { amount } })));
    const { firstSeq, lastSeq } = await book.log.append(events, chosen(durability));
    return { first: firstSeq, last: lastSeq };
  },
  "read-balance": async (book) => (await book.view(balanceProjection.name)) as number,
  head: async (book) => {
    const { seq, token } = await book.log.head();
    return { seq, token };
  },
};
