import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What waits for processes, leases and servers more than it works. */
const LONGEST = [/\/test\/journeys\//, /\/test\/faults\//, /\/test\/package/, /\/test\/stores\//];

/** Starts the files first that take longest, so that none of them runs alone at the end. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rankOf(one) - rankOf(other));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONGEST.findIndex((path) => path.test(moduleId));
  return rank < 0 ? LONGEST.length : rank;
}
