import type { OperationCommand } from "./commands.js";

/** The command of a kind. */
export type CommandOf<Kind extends OperationCommand["kind"]> = Extract<OperationCommand, { readonly kind: Kind }>;
