/** What `check` says of one part of an application. */
export interface Finding {
  readonly part: string;
  readonly problems: readonly string[];
  /** What could be better, though nothing is wrong. */
  readonly advice?: readonly string[];
}
