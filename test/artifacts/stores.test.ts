import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { FolderArtifactStore, MemoryArtifactStore } from "../../src/checkpoints.js";
import { describeArtifactStore } from "../../src/testing.js";

const folder = mkdtempSync(join(tmpdir(), "daybook-artifacts-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeArtifactStore("memory", () => new MemoryArtifactStore());
describeArtifactStore("a folder", (name) => new FolderArtifactStore(join(folder, name)));
