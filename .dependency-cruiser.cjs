/** Imports point one way: events, log, artifacts, projections, replay, ledgers, live, tools. Nothing imports what stands to its right. */
const order = ["events", "log", "artifacts", "projections", "replay", "ledgers", "live"];

const rules = order.flatMap((layer, index) => {
  const above = order.slice(index + 1);
  return above.length === 0
    ? []
    : [
        {
          name: `${layer}-imports-down`,
          severity: "error",
          from: { path: `^src/${layer}/` },
          to: { path: `^src/(${above.join("|")})/` },
        },
      ];
});

module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    ...rules,
    {
      name: "layers-know-no-facade",
      comment: "daybook.ts and the package entries stand above the layers.",
      severity: "error",
      from: { path: `^src/(${order.slice(0, 5).join("|")})/` },
      to: { path: "^src/(daybook|open-daybook|index|live|testing)\\.ts$" },
    },
    { name: "src-knows-no-tools", severity: "error", from: { path: "^src/" }, to: { path: "^(tools|test|examples)/" } },
    {
      name: "core-loads-no-projects",
      comment: "Only daybook/projects may load projects and sweeps; they stand on the ledger of runs, not beside it.",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(projects\\.ts$|ledgers/(projects|sweeps)/)" },
      to: { path: "^src/(projects\\.ts$|ledgers/(projects|sweeps)/)" },
    },
    {
      name: "core-loads-no-checkpoints",
      comment: "Only daybook/checkpoints may load the ledger of checkpoints and the files it keeps.",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(checkpoints\\.ts$|testing|warm-starts\\.ts$|artifacts/|ledgers/(checkpoints|warm-starts)/)" },
      to: { path: "^src/(checkpoints\\.ts$|artifacts/|ledgers/checkpoints/)" },
    },
    {
      name: "core-loads-no-warm-starts",
      comment: "Only daybook/warm-starts may load the ledger of warm starts.",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(warm-starts\\.ts$|ledgers/warm-starts/)" },
      to: { path: "^src/(warm-starts\\.ts$|ledgers/warm-starts/)" },
    },
    {
      name: "core-loads-no-operations",
      comment: "Only daybook/operations may load the ledger of operations.",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(operations\\.ts$|ledgers/operations/)" },
      to: { path: "^src/(operations\\.ts$|ledgers/operations/)" },
    },
    {
      name: "core-loads-no-rxjs",
      comment: "Only daybook/live and the streams of operations may load rxjs.",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(live|ledgers/operations/streams)" },
      to: { path: "node_modules/rxjs" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
  },
};
