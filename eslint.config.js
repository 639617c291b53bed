import tseslint from "typescript-eslint";

const pureFolders = ["src/events/**/*.ts", "src/projections/views/**/*.ts", "src/ledgers/**/decide*.ts", "src/ledgers/checkpoints/hashing/*.ts", "src/ledgers/sweeps/*.ts"];

export default tseslint.config(
  // Plain scripts are outside of the type-aware project; they are run by CI, which is their test.
  { ignores: ["dist/", "node_modules/", "coverage/", "scripts/", ".dependency-cruiser.cjs"] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ["eslint.config.js", "vitest.config.ts"] }, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "max-lines": ["error", { max: 400, skipBlankLines: true, skipComments: true }],
      "no-console": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "no-restricted-syntax": [
        "error",
        { selector: "TSEnumDeclaration", message: "Use an `as const` object and a union type." },
        { selector: "ExportDefaultDeclaration", message: "Named exports only." },
        { selector: "ExportAllDeclaration", message: "List what is exported." },
      ],
    },
  },
  {
    // Pure code: clock, randomness and IO arrive as arguments.
    files: pureFolders,
    rules: {
      "no-restricted-imports": ["error", { patterns: ["node:*", "rxjs", "fs-ext"] }],
      "no-restricted-globals": ["error", "process", "setTimeout", "setInterval", "performance", "crypto"],
      "no-restricted-properties": [
        "error",
        { object: "Date", property: "now", message: "Pure code gets the time as an argument." },
        { object: "Math", property: "random", message: "Pure code gets randomness as an argument." },
      ],
    },
  },
  {
    files: ["test/**/*.ts", "bench/**/*.ts", "examples/**/*.ts", "tools/**/*.ts", "*.config.ts", "eslint.config.js"],
    rules: { "no-console": "off" },
  },
  {
    files: ["*.config.ts", "eslint.config.js"],
    rules: { "no-restricted-syntax": "off" },
  },
);
