/** A row of which whoever reads the audience knows already that it is none: the plan counts it, keeps why, and goes on. */
export class UnfitRow {
  readonly problem: string;

  constructor(problem: string) {
    this.problem = problem;
  }
}
