/** What is used of asciichart, which comes without types. */
declare module "asciichart" {
  interface ChartConfig {
    readonly min?: number;
    readonly max?: number;
    readonly height?: number;
    readonly offset?: number;
    readonly format?: (value: number, row: number) => string;
  }
  const asciichart: { plot(series: readonly number[], config?: ChartConfig): string };
  export = asciichart;
}
