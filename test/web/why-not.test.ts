import { expect, it } from "vitest";
import type { NewsletterOutcome } from "../../src/jobs/newsletter.ts";
import { reasonsIn } from "../../src/web/dashboard/why-not.ts";

async function* outcomes(given: readonly Partial<NewsletterOutcome>[]) {
  for (const each of given)
    yield { recipient: "a@example.com", outcome: "rejected", response: "550 no", ...each } as const;
}

it("counts why and with which providers recipients did not get a newsletter, without anybody's address or small domain", async () => {
  const gmail = { recipient: "ann@gmail.com", response: "550 5.1.1 <ann@gmail.com> no such user" };
  const found = await reasonsIn(
    outcomes([
      gmail,
      { ...gmail, recipient: "bob@GoogleMail.com", response: "550 5.1.1 <bob@googlemail.com> no such user" },
      { recipient: "me@ann-smith.example", response: "552 full" },
      { recipient: "c@web.de", outcome: "sent" },
      { recipient: "17", outcome: "refused", response: "no address" },
    ]),
    100,
  );
  expect(found.providers).toEqual([
    { provider: "gmail", count: 2 },
    { provider: "others", count: 1 },
  ]);
  expect(found.reasons[0]).toEqual({ reason: "rejected: 550 5.1.1 [address] no such user", count: 2 });
  expect(found).toMatchObject({ failed: 4, isWhole: true });
  expect(JSON.stringify(found)).not.toContain("ann");
});

it("says when it has not looked at all of them", async () => {
  expect(await reasonsIn(outcomes([{}, {}, {}]), 2)).toMatchObject({ failed: 2, isWhole: false });
  expect(await reasonsIn(outcomes([{}, {}]), 2)).toMatchObject({ failed: 2, isWhole: true });
});
