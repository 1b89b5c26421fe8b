/** @throws DelayedMailError rather than give back what is not signed */
export interface Signer {
  sign(message: Buffer): Promise<Buffer>;
}
