/** A text and its label. */
export interface Example {
  readonly text: string;
  readonly label: string;
  /** Its file and line, for error messages. */
  readonly where: string;
}
