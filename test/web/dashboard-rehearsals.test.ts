import { describe, expect, it, vi } from "vitest";
import { StopMail } from "../../src/errors/errors.ts";
import { Mailer, mailer } from "../../src/index.ts";
import { makeDashboard } from "../../src/web/dashboard/dashboard.ts";
import { DashboardClient } from "../../src/web/index.ts";
import { startDashboard } from "../support/dashboard-server.ts";

class DressActions extends Mailer {
  show({ email }: { email: string }) {
    if (email.startsWith("gone")) throw new StopMail("unsubscribed by cy@example.com");
    return this.mail({
      to: email,
      subject: "Show",
      text: email.startsWith("long") ? "x".repeat(9_000) : "x",
    });
  }
}
const DressMailer = mailer(DressActions, { name: "DressMailer" });
const audience = [
  { email: "ann@example.com" },
  { email: "long@example.com" },
  { email: "gone@example.com" },
  { email: 7 as unknown as string },
];

describe("rehearsals", () => {
  it("are told of on their own page: who would get it, who would not and why, the largest and the slowest mail", async () => {
    const { get } = await startDashboard({ redact: false });
    const { id } = await DressMailer.broadcast(audience, { key: "show", rehearse: true }).show();
    const page = await (await get(`/newsletters/${id}`)).text();
    expect(page).toContain("<strong>2 recipients would get it.</strong> Nothing was sent.");
    expect(page).toMatch(/Largest mail<\/dt><dd>\d+(?:\.\d)? kB <span class="faint"><bdi>long@example\.com/);
    expect(page).toMatch(/Slowest to make<\/dt><dd>\d+\.\d ms <span class="faint"><bdi>\w+@example\.com/);
    expect(page).toMatch(
      /1<\/td>[\s\S]*?stopped[\s\S]*?unsubscribed by cy@example\.com[\s\S]*?gone@example\.com/,
    );
    expect(page).toMatch(/refused<\/td>[\s\S]*?row 4/);
    expect(page).not.toContain("It was not rehearsed");
    expect(page).toContain("<h1>Rehearsal of <bdi>show</bdi></h1>");
    expect(page).not.toContain("<small>to be sent</small>");
  });

  it("name nobody where arguments are hidden, by the page and the API", async () => {
    const { get, url } = await startDashboard();
    const { id } = await DressMailer.broadcast(audience, { key: "show", rehearse: true }).show();
    const client = new DashboardClient(url);
    const report = await client.rehearsal(id);
    expect(report).toMatchObject({
      wouldGet: 2,
      looked: 4,
      isWhole: true,
      largest: { recipient: "[address]" },
    });
    expect(report.wouldNot).toContainEqual({
      ...{ outcome: "stopped", count: 1, example: "[address]" },
      reason: "unsubscribed by [address]",
    });
    const page = await (await get(`/newsletters/${id}`)).text();
    for (const text of [page, JSON.stringify(report)])
      expect(text).not.toMatch(/(?:cy|long|gone)@example\.com/);
  });

  it("are listed on the page of their newsletter, the newest first, and each leads back to it", async () => {
    const { get, url } = await startDashboard();
    const { id } = await DressMailer.broadcast(audience, { key: "show" }).show();
    const empty = await (await get(`/newsletters/${id}`)).text();
    expect(empty).toContain("It was not rehearsed");
    expect(empty).toContain("newsletter send NewsMailer.weekly --to people.csv --rehearse");
    const rehearsals: string[] = [];
    for (let time = 0; time < 6; time++)
      rehearsals.push((await DressMailer.broadcast(audience, { key: "show", rehearse: true }).show()).id);
    const page = await (await get(`/newsletters/${id}`)).text();
    const listed = [...page.matchAll(/href="\/newsletters\/([0-9a-f]{24})"/g)].map(([, found]) => found);
    expect(listed).toEqual(rehearsals.toReversed().slice(0, 5));
    expect(page).not.toContain("It was not rehearsed");
    expect(await (await get(`/newsletters/${rehearsals[0]}`)).text()).toContain(`href="/newsletters/${id}"`);
    const found = await new DashboardClient(url).newsletter("show");
    expect(found.rehearsals.map((each) => each.id)).toEqual(listed);
    await expect(new DashboardClient(url).rehearsal("show")).rejects.toMatchObject({ status: 404 });
  });

  it("are read no further than a page may wait for, which it says, and once where they are through", async () => {
    const { app } = await startDashboard();
    const many = Array.from({ length: 10_002 }, (_, index) => ({ email: `no address ${index}` }));
    const { id } = await DressMailer.broadcast(many, { key: "long", rehearse: true, chunkSize: 500 }).show();
    const read = vi.spyOn(app.stores.ledger, "refusals");
    const { fetch } = makeDashboard({ authorize: () => "read" });
    const page = async () => (await fetch(new Request(`http://localhost/newsletters/${id}`))).text();
    expect(await page()).toContain("The report is of the first 10,000.");
    const once = read.mock.calls.length;
    await page();
    expect(read.mock.calls.length).toBe(once);
  });

  it("that are not through say so", async () => {
    const { app, get, url } = await startDashboard({}, { deliveries: "off" });
    const { id } = await DressMailer.broadcast(audience, { key: "show" }).show();
    expect(await (await get(`/newsletters/${id}`)).text()).toContain("The report is here when it is through");
    await expect(new DashboardClient(url).rehearsal(id)).rejects.toMatchObject({ status: 404 });
    await app.worker().workOff();
    expect((await new DashboardClient(url).rehearsal(id)).wouldGet).toBe(2);
  });
});
