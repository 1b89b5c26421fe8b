/** One way to send many mails; one process runs one of them, so that its CPU and memory are its own. */
export interface Sender {
  /** Stores what is to be sent, where anything is stored. */
  prepare(mails: number): Promise<void>;
  /** Sends the mails, and resolves when all have been answered and what became of them is recorded. */
  send(mails: number): Promise<void>;
  /** Goes on sending whatever is stored, until the process ends. */
  serve?(): Promise<void>;
  /** The size of one mail as it goes over the wire, in bytes. */
  wireBytes(): Promise<number>;
  close(): Promise<void>;
}

export interface SenderContext {
  /** Of the mail server on this machine. */
  readonly port: number;
  readonly connections: number;
  /** Of html, about. */
  readonly kilobytes: number;
  /** Is empty, and is removed afterwards. */
  readonly folder: string;
  readonly dkim: boolean;
}

export type OpenSender = (context: SenderContext) => Promise<Sender>;

/** What a sender took, in its two steps. */
export interface SendingMeasured {
  readonly mails: number;
  readonly prepareMs: number;
  readonly prepareCpuMs: number;
  readonly sendMs: number;
  readonly sendCpuMs: number;
  /** Peak memory. */
  readonly rssMb: number;
  readonly wireBytes: number;
}

export const FROM = "Harbour <news@news.example>";
export const SUBJECT = "Your week at Harbour";
