// Packs the package, installs it in an empty folder, and uses it as a new user would: checks what is in it, that types and
// imports resolve, that the core loads nothing heavy, and runs the README's quick start as written, and verbs that load what the core does not.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "daybook-package-"));

try {
  const [packed] = JSON.parse(run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], repository));
  checkContents(packed.files.map((file) => file.path));
  // The README names the file as `npm pack` names it.
  renameSync(join(folder, packed.filename), join(folder, "daybook-0.1.0.tgz"));
  quickStart();
  checkImports();
  checkVerbs();
  checkCore();
  checkTypes();
  console.log("the package works in an empty folder");
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(command, args, cwd = folder) {
  return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

/** Only what users need: compiled code and types, documents, licence. */
function checkContents(paths) {
  const allowed = /^(package\.json|README\.md|LICENSE|docs\/.+\.md|dist\/bundle\/.+\.js|dist\/src\/.+\.d\.ts)$/;
  const strange = paths.filter((path) => !allowed.test(path));
  if (strange.length > 0) throw new Error(`the package holds what users do not need: ${strange.join(", ")}`);
  for (const path of ["dist/bundle/src/index.js", "dist/src/index.d.ts", "dist/bundle/src/live.js", "dist/bundle/src/checkpoints.js", "dist/src/checkpoints.d.ts", "dist/bundle/src/projects.js", "dist/src/projects.d.ts", "dist/bundle/src/warm-starts.js", "dist/src/warm-starts.d.ts", "dist/bundle/src/operations.js", "dist/src/operations.d.ts", "dist/bundle/src/testing.js", "dist/bundle/tools/daybook.js"]) {
    if (!paths.includes(path)) throw new Error(`the package lacks ${path}`);
  }
}

/** The README's blocks that follow a quick-start mark: shell text is run, a block with a file name is written. */
function quickStart() {
  const readme = readFileSync(join(repository, "README.md"), "utf8");
  const blocks = [...readme.matchAll(/<!-- quick-start ?(\S*) -->\n```(\w+)\n([\s\S]*?)```/g)];
  if (blocks.length < 3) throw new Error("the README has no quick start");
  for (const [, file, language, text] of blocks) {
    if (file !== "") writeFileSync(join(folder, file), text);
    else if (language === "sh") console.log(run("bash", ["-euo", "pipefail", "-c", text]));
  }
}

function checkImports() {
  const text = `
    import { createRequire } from "node:module";
    import { DaybookError, openDaybook, Status, isDaybookError, defineProjection, paramHash } from "daybook";
    const loaded = () => Object.keys(createRequire(import.meta.url).cache).concat(process.moduleLoadList);
    for (const heavy of ["rxjs", "ajv", "commander", "cli-table3", "jsep", "csv-stringify", "execa"]) {
      if (loaded().some((name) => name.includes("/node_modules/" + heavy + "/"))) throw new Error("importing daybook loads " + heavy);
    }
    if ([openDaybook, Status, isDaybookError, defineProjection, paramHash].includes(undefined)) throw new Error("a named import is missing");
    const live = await import("daybook/live");
    if (!loaded().some((name) => name.includes("/node_modules/rxjs/"))) throw new Error("this check does not see what is loaded");
    // What entries share is there once: errors are of the classes that they are caught by, and streams know daybooks.
    const { openMemoryDaybook } = await import("daybook/testing");
    const book = await openMemoryDaybook();
    const refused = await book.log.append({ stream: "", type: "note.taken", data: {} }).catch((error) => error);
    if (!(refused instanceof DaybookError)) throw new Error("daybook/testing has error classes of its own");
    await book.log.append({ stream: "note/1", type: "note.taken", data: {} });
    const { value } = await live.followEvents(book, { after: 0 }).next();
    if (value.seq !== 1) throw new Error("daybook/live does not follow a daybook of daybook/testing");
    // A project stands on the daybooks of the core, and the core does without projects.
    const { Project } = await import("daybook/projects");
    const { ran, value: accuracy, record } = await (await (await Project.open(book)).session("train", { lr: 0.1 })).run(() => 0.5);
    if (!ran || accuracy !== 0.5 || record.status !== "DONE") throw new Error("daybook/projects does not run a session");
    await book.close();
    // Checkpoints need no TensorFlow.js: a plain model, tensors saved, loaded again.
    const { CheckpointManager } = await import("daybook/checkpoints");
    const manager = await CheckpointManager.open("experiments");
    await manager.updateExperimentHash({ model: { layers: [{ kind: "Dense", units: 2 }] }, config: { lr: 0.1 } });
    await manager.saveModelCheckpoint({ step: 100, weights: { kernel: { dtype: "F32", shape: [2], data: new Float32Array([1, 2]) } } });
    await manager.close();
    const again = await CheckpointManager.open("experiments");
    const { step, weights } = await again.loadLatestCheckpoint();
    const { buffer, byteOffset, byteLength } = weights.tensors.get("kernel").data;
    const values = [...new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength))];
    if (step !== 100 || values.join() !== "1,2") throw new Error("daybook/checkpoints does not load what it saved");
    await again.close();
    if (loaded().some((name) => name.includes("/@tensorflow/"))) throw new Error("TensorFlow.js is installed: this check shows nothing");
    // A fit leaves an iterate, and the next one goes on from it.
    const { Fingerprinter, WarmStartSession, WarmStartStore } = await import("daybook/warm-starts");
    const problem = () => new Fingerprinter().absorbStr("model", "line").absorbF64Slice("data", Float64Array.of(1, 2, 3)).finalize();
    const store = await WarmStartStore.open("fits");
    const fit = WarmStartSession.open(store, problem());
    for (const objective of [4, 2]) if (!(await fit.checkpoint(new Uint8Array(Float64Array.of(objective).buffer), objective, 1))) throw new Error("daybook/warm-starts does not save an iterate");
    await store.close();
    const later = await WarmStartStore.open("fits");
    const found = await WarmStartSession.open(later, problem()).tryLoadWithSource();
    if (found.source !== "exact" || found.entry.objective !== 2 || new Float64Array(found.entry.payload.buffer)[0] !== 2) throw new Error("daybook/warm-starts does not load what it saved");
    await later.close();
    // An operation of two participants: a call, work in the background, a worker process, each once in the log.
    const { Ledger } = await import("daybook/operations");
    const [ledger, other] = [await Ledger.connect({ basePath: "operations", participantId: "build" }), await Ledger.connect({ basePath: "operations", participantId: "worker" })];
    const operation = await ledger.createOperation({ description: "first build" });
    const joined = await other.joinOperation(operation.operationId);
    const sum = await joined.call("add", async () => 1 + 2);
    const spawned = joined.spawnCall({ description: "double", work: async () => 2 * sum });
    const worker = operation.execStdioWorker({ description: "count", executable: process.execPath, args: ["-e", "console.log(JSON.stringify([1, 2]))"] });
    const { allSucceeded } = await joined.sync([spawned]);
    if (!allSucceeded || spawned.result !== 6 || (await worker.await()).join() !== "1,2") throw new Error("daybook/operations does not give results of calls");
    await joined.leave();
    await operation.complete();
    const { operation: { state }, calls } = await ledger.operation(operation.operationId);
    if (state !== "completed" || calls.map(({ description, outcome }) => description + " " + outcome).sort().join() !== "add ended,count ended,double ended") throw new Error("daybook/operations does not know what happened");
    await other.dispose();
    await ledger.dispose();
    // Threads run a file of their own.
    const long = await openDaybook("long", { segmentBytes: 4096 });
    for (let number = 0; number < 40; number += 1) await long.log.append({ stream: "note/1", type: "note.taken", data: { text: "x".repeat(200) } });
    const { ok, threads } = await long.rebuild({ parallel: 2 });
    if (!ok || threads !== 2) throw new Error("a rebuild cannot use threads");
    await long.close();
    if (typeof live.events$ !== "function" || typeof live.view$ !== "function") throw new Error("daybook/live lacks its streams");
  `;
  writeFileSync(join(folder, "imports.mjs"), text);
  run(process.execPath, ["imports.mjs"]);
}

/** Verbs whose modules are loaded only when they are needed: each finds its own in the bundle. On the roots that the checks before have made. */
function checkVerbs() {
  writeFileSync(join(folder, "views.mjs"), `
    import { defineProjection } from "daybook";
    export const notes = defineProjection({ name: "notes", version: 1, types: ["note.taken"], keyedBy: "stream", keys: (event) => [event.stream], evolve: (count = 0) => count + 1 });
  `);
  const says = (command, text) => {
    const said = run("bash", ["-euo", "pipefail", "-c", `daybook() { npx --no-install daybook "$@"; }; ${command}`]);
    if (!text.test(said)) throw new Error(`\`${command}\` does not say ${text}:\n${said}`);
  };
  says("daybook history train/0001", /status RUNNING -> DONE/);
  says("daybook blame train/0001 --at head", /metrics\.accuracy +0\.97 .*run\.metrics-recorded/);
  says("daybook diff 0 head", /^\+ train\/0001 .*2 added$/ms);
  says("daybook --json runs --at 1", /^\{.*"status":"PENDING"/);
  says("daybook stats", /^segments +1 active$/m);
  says("daybook keys new lab.pem && daybook head --key lab.pem > head.json && daybook verify --since head.json --key lab.pem.pub", /^since: .*unchanged$/m);
  says("daybook export --format cloudevents | daybook --root copy import - && daybook export --format ndjson | daybook --root copy import -", /^imported 0 events, 18 already here$/m);
  says("daybook --root long --projections views.mjs view notes --at 7", /"note\/1": 7/);
  says("daybook --root long --projections views.mjs rebuild-projections --parallel 2", /^notes +1 +0 +0$/m);
  says("daybook --root long compress && daybook --root long history --stream note/1 --to 1", /^ok: \d+ segments compressed.*note\.taken/ms);
  says("daybook --root long backup saved && daybook --root saved verify --full", /^ok: 40 events/m);
  says("daybook --root experiments hashes", /[0-9a-f]{8}/);
  says("daybook --root experiments checkpoints ls", /\b100\b/);
  says("daybook --root experiments checkpoints verify", /ok/);
  says("daybook --root fits warm-starts show $(daybook --root fits --json warm-starts | jq -r .key)", /^Best objective so far, over 2 saves\n +4 ┼─+╮$/m);
  says("daybook --root fits warm-starts evict --budget 1", /^ok: 1 entry given up/m);
  says("daybook --root operations operations show", /completed\n.*^Calls\n.*^ {2}add +worker .*ended$.*^ {2}double +worker .*ended$/ms);
  says("daybook --root operations operations log --level error && daybook --root operations operations export $(daybook --root operations --json operations | jq -r .operationId) --to report && tail -1 report/operation.log", /3 calls in .*operation completed$/ms);
  says("daybook --root operations stats", /^calls +3 {2}\(3 ended\)$/m);
  says("daybook --root saved repair --to mended", /40 events/);
}

/** What the core loads, file by file: none of it is of the projects, the checkpoints, the warm starts or the operations, nor loads the libraries of those. */
function checkCore() {
  const bundle = join(folder, "node_modules/daybook/dist/bundle");
  const loaded = (entry, seen = new Set()) => {
    if (seen.has(entry)) return seen;
    seen.add(entry);
    for (const [, file] of readFileSync(entry, "utf8").matchAll(/(?:from|import)\s*"(\.[^"]+)"/g)) loaded(join(dirname(entry), file), seen);
    return seen;
  };
  for (const [name, part] of [["Project", "projects"], ["CheckpointManager", "checkpoints"], ["WarmStartStore", "warm-starts"], ["Ledger", "operations"]]) {
    const holds = (entry) => [...loaded(join(bundle, entry))].some((file) => new RegExp(`\\bclass _?${name}\\b`).test(readFileSync(file, "utf8")));
    if (!holds(`src/${part}.js`)) throw new Error("this check does not see what is loaded");
    if (holds("src/index.js")) throw new Error(`importing daybook loads daybook/${part}`);
  }
  const imports = (entry, library) => [...loaded(join(bundle, entry))].some((file) => new RegExp(`(?:from|import)\\s*"${library}"`).test(readFileSync(file, "utf8")));
  if (!imports("src/live.js", "rxjs")) throw new Error("this check does not see what is imported");
  for (const [entry, ...libraries] of [["src/index.js", "rxjs", "execa"], ["src/operations.js", "execa"]]) {
    for (const library of libraries) if (imports(entry, library)) throw new Error(`${entry} loads ${library}`);
  }
}

function checkTypes() {
  const text = `
    import { defineProjection, openDaybook, replay, type FieldBlame, type HistoryChange, type Moment, type PatchOperation, type RunRecord, type RecordedEvent } from "daybook";
    import { events$ } from "daybook/live";
    import { CheckpointManager, type HashPart, type HashUpdate, type LoadedCheckpoint } from "daybook/checkpoints";
    import { Project, type Session, type SessionOutcome } from "daybook/projects";
    import { Ledger, type Operation, type OperationHistory, type SpawnedCall, type SyncResult } from "daybook/operations";
    import { Fingerprinter, type CachedEntry, type LoadSource, type WarmStartSession, WarmStartStore } from "daybook/warm-starts";
    const book = await openDaybook("results", { readOnly: true });
    const records: RunRecord[] = await book.runs.list();
    const subscription = events$(book).subscribe((event: RecordedEvent) => event.seq.toFixed());
    // @ts-expect-error a status is one of four
    await book.runs.log("train", "0001", { status: "FINISHED" });
    console.log(records.length);
    subscription.unsubscribe();
    const moment: Moment = "2026-11-21T18:00Z";
    await (await book.at(moment)).close();
    for await (const { changes } of book.changes({ run: "train/0001", from: 1 })) ((one: HistoryChange["changes"]) => one.length)(changes);
    const [patch, blame]: [PatchOperation[], FieldBlame[]] = [await book.diff(0, new Date(), { tests: true }), await book.blame("train/0001")];
    const losses = defineProjection({ name: "losses", version: 1, keyedBy: "stream", keys: (event) => [event.stream], evolve: (row: { last: number } | undefined, { data }) => ({ last: (data["loss"] as number) + (row?.last ?? 0) }) });
    const best = defineProjection({ name: "best", version: 1, initialState: null as number | null, evolve: (state, { data }) => Math.min(state ?? Infinity, data["loss"] as number) });
    book.registerProjection(losses);
    const { state, to }: { state: number | null; to: number } = await replay(book.log, best, { from: 1 });
    console.log(patch.length, blame.length, state, to);
    const session: Session = await (await Project.open(book)).session("train", { lr: 0.1 });
    const outcome: SessionOutcome<number> = await session.run(async (session, { signal }) => (signal.aborted ? 0 : session.uid.length), { ifLive: "skip" });
    if (outcome.ran) console.log(outcome.value.toFixed());
    // @ts-expect-error a run that was not run gives no value
    else console.log(outcome.value.toFixed());
    const manager = await CheckpointManager.open(book);
    const [hash, isNew, changed]: HashUpdate = await manager.updateExperimentHash({ config: { lr: 0.1 } });
    const latest: LoadedCheckpoint | undefined = await manager.loadLatestCheckpoint({ hash });
    console.log(isNew, [...changed].map((part: HashPart) => part.length), latest?.step.toFixed());
    // @ts-expect-error a step is a number
    await manager.saveModelCheckpoint({ step: "100" });
    await manager.close();
    const store = await WarmStartStore.open(book, { sizeBudgetBytes: 1024 });
    const entry: CachedEntry | undefined = await store.lookup(new Fingerprinter().absorbU64("rows", 3n).finalize());
    const next = async (session: WarmStartSession): Promise<LoadSource | undefined> => (await session.tryLoadWithSource())?.source;
    console.log(entry?.payload.byteLength, entry?.objective?.toFixed(), next);
    // @ts-expect-error an objective is a number
    await store.save("0".repeat(64), new Uint8Array(), { objective: "0.5" });
    await using ledger = await Ledger.connect({ book });
    const operation: Operation = await ledger.createOperation({ description: "build" });
    const length: number = await operation.call("measure", async (call, within, signal) => (signal.aborted ? 0 : call.callId.length + within.operationId.length));
    const doubled: SpawnedCall<number> = operation.spawnCall({ work: () => 2 * length });
    const files: SpawnedCall<string[]> = operation.execStdioWorker<string[]>({ executable: "ls", deserializer: (text) => text.split("\\n"), onStdout: (line) => line.length });
    const { allSucceeded }: SyncResult = await operation.sync([doubled, files]);
    const told: OperationHistory = await ledger.operation(operation.operationId);
    operation.state$.subscribe((state: "running" | "cleanup" | "failed" | "completed") => state.length);
    console.log(allSucceeded, doubled.resultOr("none"), files.result.length, told.calls.length);
    // @ts-expect-error a time limit is a number
    operation.execStdioWorker({ executable: "ls", timeoutMs: "1s" });
    await operation.complete();
    await book.close();
  `;
  writeFileSync(join(folder, "types.mts"), text);
  const options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2023", "--types", "node", "--typeRoots", join(repository, "node_modules/@types"), "types.mts"];
  execFileSync(process.execPath, [join(repository, "node_modules/typescript/bin/tsc"), ...options], { cwd: folder, stdio: "inherit" });
}
