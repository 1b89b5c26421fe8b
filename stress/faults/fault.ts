import type { Crew } from "../crew/crew.ts";
import type { Random } from "../random.ts";

/** Something bad that can be done. */
export interface Fault {
  /** How often it is done, compared with the others. */
  readonly weight: number;
  /** Of faults of the store there is one at a time. While one lasts nobody is expected to get on. */
  readonly of: "a process" | "a queue" | "a newsletter" | "the mail server" | "the store";
  /** Begins; undefined when there is nobody to do it to. */
  begin(crew: Crew, random: Random): Promise<Begun | undefined>;
}

export interface Begun {
  /** How long it lasts, in ms. */
  readonly ms: number;
  readonly end?: () => void | Promise<void>;
}
