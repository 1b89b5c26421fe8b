import { Job } from "sidequest";

/** How the jobs of this process tell that they ran; in a thread of its own there is nobody to tell. */
export const told = { performed: () => undefined };

export class NoopJob extends Job {
  async run() {
    told.performed();
  }
}
