import type { mongo, Types } from "mongoose";
import { type JobDocument, UNLOCK } from "./job-document.ts";

/** A claim that may have been won without anybody hearing of it. */
interface Unheard {
  readonly token: string;
  readonly ids: readonly Types.ObjectId[];
}

/** Claims whose answer was lost: what they won was not begun, so it waits for no lease to run out, and counts no attempt. */
export class UnacknowledgedClaims {
  readonly #jobs: mongo.Collection<JobDocument>;
  #claims: readonly Unheard[] = [];

  constructor(jobs: mongo.Collection<JobDocument>) {
    this.#jobs = jobs;
  }

  add(claim: Unheard): void {
    this.#claims = [...this.#claims, claim];
  }

  /** Each is kept until the server has heard of it. */
  async handBack(): Promise<void> {
    for (const unheard of this.#claims) {
      const { token, ids } = unheard;
      const back = {
        $set: { state: "ready", settledBy: token },
        $inc: { attempts: -1 },
        $unset: UNLOCK,
      } as const;
      await this.#jobs.updateMany({ _id: { $in: [...ids] }, lockToken: token }, back);
      this.#claims = this.#claims.filter((each) => each !== unheard);
    }
  }
}
