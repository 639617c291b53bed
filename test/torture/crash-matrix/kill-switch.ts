import type { Phase, Visitor } from "./instrumented-files.js";

/** A point of a run: the how-manieth call of a kind, and where in it. `part` is what share of a write is done. */
export interface KillPlan {
  readonly kind: string;
  readonly ordinal: number;
  readonly phase: Phase;
  readonly part: number;
}

/** Counts the calls of its process, and kills it with SIGKILL at the point of the plan. */
export class KillSwitch implements Visitor {
  readonly passed = new Map<string, number>();

  constructor(
    readonly plan: KillPlan | undefined,
    /** Told just before the end. */
    readonly lastWords: (kind: string) => void,
  ) {}

  enter(kind: string): void {
    this.passed.set(kind, (this.passed.get(kind) ?? 0) + 1);
    if (this.#due(kind, "before")) this.end();
  }

  part(kind: string, length: number): number | undefined {
    return this.#due(kind, "partly") ? Math.min(length - 1, Math.max(1, Math.floor(length * (this.plan?.part ?? 0)))) : undefined;
  }

  leave(kind: string): void {
    if (this.#due(kind, "after")) this.end();
  }

  end(): never {
    this.lastWords(this.plan?.kind ?? "");
    process.kill(process.pid, "SIGKILL");
    // The signal is there before the call returns.
    throw new Error("still alive");
  }

  #due(kind: string, phase: Phase): boolean {
    const { plan } = this;
    return plan?.kind === kind && plan.ordinal === this.passed.get(kind) && plan.phase === phase;
  }
}
