import type { History } from "./history.ts";

/** Something that was not kept. */
export interface Broken {
  /** The call it is about; undefined where it is about no single one. */
  readonly call?: string;
  /** Of a newsletter; `call` is the chunk he is in. */
  readonly recipient?: string;
  readonly why: string;
}

/** Something that must hold whatever is done to the processes and the store. */
export interface Promised {
  /** What is counted, such as "jobs lost". */
  readonly name: string;
  readonly broken: (history: History) => readonly Broken[];
}
