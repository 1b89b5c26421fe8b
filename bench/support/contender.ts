/** What a benchmark asks of a queue; one process runs one contender, so that its CPU and memory are its own. */
export interface Contender {
  /** Stores jobs of 200 bytes, one call after another. */
  enqueueOneByOne(count: number): Promise<void>;
  /** Stores them in as few calls as the library offers; left out where it offers none. */
  enqueueBulk?(count: number): Promise<void>;
  /** Performs all stored jobs, which do nothing; resolves when the store says that none is left. */
  workOff(count: number): Promise<void>;
  close(): Promise<void>;
}

export interface ContenderContext {
  /** A database of its own, or the path of an SQLite file. */
  readonly uri: string;
  /** Jobs performed at once. */
  readonly concurrency: number;
  /** Called for each command sent to MongoDB, connection handling left out. */
  readonly onCommand: () => void;
}

export type OpenContender = (context: ContenderContext) => Promise<Contender>;

/** What each contender's process prints. */
export interface Measured {
  readonly ops: number;
  readonly ms: number;
  readonly cpuMs: number;
  readonly rssMb: number;
  readonly commands: number;
}

/** 200 bytes, as every contender stores them. */
export const PAYLOAD = { text: "x".repeat(185) };
