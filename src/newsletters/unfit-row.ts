/** Stands for a row that the reader of the audience could not read. The planner counts it as refused, keeps the reason, and goes on. */
export class UnfitRow {
  readonly problem: string;

  constructor(problem: string) {
    this.problem = problem;
  }
}
