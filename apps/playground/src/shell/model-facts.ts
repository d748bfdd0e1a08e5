/** What the page is told of the model. */
export interface ModelFacts {
  readonly cell: string;
  readonly hidden: number;
  readonly layers: number;
  readonly parameters: number;
  /** What computes it. */
  readonly backend: string;
}
