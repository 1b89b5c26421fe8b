/** What a benchmark asks of a queue; one process runs one contender, so that its CPU and memory are its own. */
export interface Contender {
  /** Stores jobs of 200 bytes, one call after another. */
  enqueueOneByOne(count: number): Promise<void>;
  /** Stores them in as few calls as the library offers; left out where it offers none. */
  enqueueBulk?(count: number): Promise<void>;
  /** Stores so many failed jobs, so many due in a year, and so many of a better priority that are due in an hour. */
  enqueueBacklog?(each: number): Promise<void>;
  /** Begins to perform jobs, which do nothing, and goes on until the process ends. */
  work(onPerformed: () => void): Promise<void>;
  /** Whether the store has no job any more that is waiting and due, or running. */
  isDrained(): Promise<boolean>;
  close(): Promise<void>;
}

export interface ContenderContext {
  /** A database of its own, or the path of an SQLite file. */
  readonly uri: string;
  /** Jobs performed at once. */
  readonly concurrency: number;
  /** The library's own options; none given means its defaults. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Called for each command sent to MongoDB, connection handling left out. */
  readonly onCommand: (event: { readonly commandName: string }) => void;
}

export type OpenContender = (context: ContenderContext) => Promise<Contender>;

/** What one piece of work took, of one process or of several together. */
export interface Measured {
  readonly ops: number;
  readonly ms: number;
  readonly cpuMs: number;
  /** Peak memory of one process. */
  readonly rssMb: number;
  /** Commands sent to MongoDB, by name; empty where none are counted. */
  readonly commands: Readonly<Record<string, number>>;
  /** What the store's server took; NaN where there is none, or it cannot be known. */
  readonly serverCpuMs: number;
}

/** 200 bytes, as every contender stores them. */
export const PAYLOAD = { text: "x".repeat(185) };
