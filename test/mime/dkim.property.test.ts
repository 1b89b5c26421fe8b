import { generateKeyPairSync } from "node:crypto";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import DKIM from "nodemailer/lib/dkim";
import { expect, it } from "vitest";
import { DkimSigner } from "../../src/mime/dkim-signer.ts";
import { verifyDkim } from "../support/dkim.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });

const piece = fc.constantFrom(
  " ",
  "  ",
  "\t",
  "\r\n",
  "\r\n\r\n",
  "a",
  "Zoë",
  ".",
  "=20",
  "x".repeat(80),
  "\u00a0",
);
const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));
const word = fc.constantFrom("a", "b:c", " ", "  ", "\t", "\r\n ", "\r\n\t", "=?UTF-8?Q?=C3=BC?=", "ü");
const field = fc.tuple(
  fc.constantFrom("From", "TO", "Subject", "subject", "X-Own", "List-Unsubscribe", "Received"),
  fc.array(word, { maxLength: 8 }),
);
const head = fc.array(field, { minLength: 1, maxLength: 8 }).map((fields) =>
  // A line of a head that holds only white space ends nothing, and is nowhere made.
  fields.map(([name, words]) => `${name}: a${words.join("")}b`).join("\r\n"),
);

it("signs any head and body as RFC 6376 says, and as nodemailer reads it", async () => {
  const signer = await DkimSigner.open({ domain: "example.com", selector: "s1", privateKey });
  const theirs = new DKIM({ domainName: "example.com", keySelector: "s1", privateKey });
  await fc.assert(
    fc.asyncProperty(head, text, async (fields, body) => {
      const message = Buffer.from(`From: a@example.com\r\n${fields}\r\n\r\n${body}`);
      const signed = await signer.sign(message);
      expect(signed.subarray(-message.length).equals(message)).toBe(true);
      const ours = verifyDkim(signed, publicKey);
      expect(ours).toMatchObject({ bodyMatches: true, signatureMatches: true });
      const other = verifyDkim(await buffer(theirs.sign(message)), publicKey);
      expect(ours.tags.bh).toBe(other.tags.bh);
      const lines = signed.subarray(0, -message.length).toString("latin1").split("\r\n");
      expect(lines.filter((line) => line.length > 78)).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
