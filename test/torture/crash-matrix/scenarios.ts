/** What a writer does: everything durable, durable appends alone and long enough for zeros to be written ahead, nothing durable, both in groups with ids, many events with snapshots, the ledger of runs. */
export const scenarios = ["fsync", "alone", "os", "mixed", "snapshots", "ledger"] as const;
export type Scenario = (typeof scenarios)[number];
