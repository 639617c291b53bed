import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Real processes, locks and native add-ons: each file gets a process of its own.
    pool: "forks",
    // Many files wait for children and disks: two at a time use two cores better than the default of one.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Opening damaged logs warns, and tests open many.
    execArgv: ["--no-warnings"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    setupFiles: ["test/support/fast-check-seed.ts"],
  },
});
