import type { Phase } from "./instrumented-files.js";
import type { SeededRandom } from "./seeded-random.js";
import { scenarios } from "./scenarios.js";
import type { Scenario } from "./scenarios.js";

/** What a writer finds: nothing, a log with a good end, or a torn tail. */
export const situations = ["fresh", "whole", "torn"] as const;
export type Situation = (typeof situations)[number];

/** A place to kill at. */
export interface Point {
  readonly scenario: Scenario;
  readonly situation: Situation;
  readonly kind: string;
  readonly ordinal: number;
  readonly phase: Phase;
}

/** The counted calls of a run, by kind. */
export type Counts = Readonly<Record<string, number>>;

/** All points of a counted run: each call before and after, each write in its middle too. */
export function pointsOf(scenario: Scenario, situation: Situation, counts: Counts): Point[] {
  return Object.entries(counts).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, index) => index + 1).flatMap((ordinal) =>
      (kind.startsWith("write ") ? (["before", "partly", "after"] as const) : (["before", "after"] as const)).map((phase) => ({ scenario, situation, kind, ordinal, phase })),
    ),
  );
}

/** Points in an order in which every beginning holds all kinds and phases about equally often; it begins anew when it is through. */
export class PointQueue {
  #left: Point[] = [];

  constructor(
    readonly points: readonly Point[],
    readonly random: SeededRandom,
  ) {}

  next(): Point | undefined {
    if (this.#left.length === 0) this.#left = this.#evenly();
    return this.#left.pop();
  }

  #evenly(): Point[] {
    const groups = new Map<string, Point[]>();
    for (const point of this.random.shuffled(this.points)) {
      const name = `${point.kind} ${point.phase}`;
      groups.set(name, [...(groups.get(name) ?? []), point]);
    }
    const order: Point[] = [];
    for (let turn = 0; order.length < this.points.length; turn += 1) {
      for (const group of this.random.shuffled([...groups.values()])) order.push(...group.slice(turn, turn + 1));
    }
    return order.reverse();
  }
}

/** Queues by scenario and situation. */
export class Matrix {
  readonly #queues = new Map<string, PointQueue>();
  readonly #tried = new Set<Point>();
  size = 0;

  constructor(readonly random: SeededRandom) {}

  add(scenario: Scenario, situation: Situation, counts: Counts): void {
    const points = pointsOf(scenario, situation, counts);
    this.#queues.set(`${scenario} ${situation}`, new PointQueue(points, this.random));
    this.size += points.length;
  }

  next(scenario: Scenario, situation: Situation): Point {
    const point = this.#queues.get(`${scenario} ${situation}`)?.next();
    if (point === undefined) throw new Error(`no points of ${scenario} in ${situation}; there are ${scenarios.join(", ")}`);
    this.#tried.add(point);
    return point;
  }

  /** How many different points were given out. */
  get tried(): number {
    return this.#tried.size;
  }
}
