const DOT = Buffer.from(".");
const LF_DOT = "\n.";
const CRLF = Buffer.from("\r\n");

/** The final dot. */
export const FINAL_DOT = Buffer.from(".\r\n");

/**
 * A message as it goes over the wire after DATA, but for its final dot: lines that begin with a dot have another before it (RFC 5321
 * 4.5.2), and the last line is ended. A line that a lone LF ended is treated alike, because servers that take it for a line's end would
 * find a final dot in the middle of the message.
 */
export function dataBlock(message: Buffer): readonly Buffer[] {
  const pieces: Buffer[] = message[0] === DOT[0] ? [DOT] : [];
  let start = 0;
  for (let at = message.indexOf(LF_DOT); at >= 0; at = message.indexOf(LF_DOT, at + 1)) {
    pieces.push(message.subarray(start, at + 1), DOT);
    start = at + 1;
  }
  pieces.push(start === 0 ? message : message.subarray(start));
  if (!message.subarray(-CRLF.length).equals(CRLF)) pieces.push(CRLF);
  return pieces;
}
