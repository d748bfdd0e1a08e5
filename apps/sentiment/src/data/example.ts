/** A text and what a person said of it. */
export interface Example {
  readonly text: string;
  readonly label: string;
  /** The file and line it comes from, for messages. */
  readonly where: string;
}
