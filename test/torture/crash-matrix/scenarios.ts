/** What a writer does: everything durable, nothing durable, both in groups with ids, many events with snapshots, the ledger of runs. */
export const scenarios = ["fsync", "os", "mixed", "snapshots", "ledger"] as const;
export type Scenario = (typeof scenarios)[number];
