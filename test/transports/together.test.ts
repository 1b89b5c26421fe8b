import { describe, expect, it } from "vitest";
import { FailoverTransport } from "../../src/transports/failover-transport.ts";
import { MemoryTransport } from "../../src/transports/memory-transport.ts";
import { RoundRobinTransport } from "../../src/transports/round-robin-transport.ts";
import { SmtpTransport } from "../../src/transports/smtp/smtp-transport.ts";
import { parseSmtpUrl } from "../../src/transports/smtp/smtp-url.ts";
import type { OutcomeClass } from "../../src/transports/transport.ts";
import { aMail } from "../support/mails.ts";
import { startScriptedSmtp } from "../support/scripted-smtp.ts";
import { startSmtpServer } from "../support/smtp-server.ts";

function setup(count = 2) {
  const members = Array.from({ length: count }, () => new MemoryTransport());
  const sent = () => members.map((member) => member.sent.length);
  return { members, sent, failover: new FailoverTransport(members) };
}

describe("a failover", () => {
  it("sends everything through the first while that works", async () => {
    const { failover, sent } = setup();
    for (let time = 0; time < 3; time++) await failover.send(aMail());
    expect(sent()).toEqual([3, 0]);
  });

  it.each(["our-fault", "unreachable", "lost"] as const)(
    "goes on to the next when the first is %s",
    async (found) => {
      const { failover, members, sent } = setup();
      members[0]?.script.push({ class: found });
      expect((await failover.send(aMail())).class).toBe("sent");
      expect(sent()).toEqual([0, 1]);
    },
  );

  it.each(["unknown", "rejected", "deferred", "throttled"] as const)(
    "does not send a mail again that was %s",
    async (found: OutcomeClass) => {
      const { failover, members, sent } = setup();
      members[0]?.script.push({ class: found });
      expect((await failover.send(aMail())).class).toBe(found);
      expect(sent()).toEqual([0, 0]);
    },
  );

  it("does not go on with a mail whose sending was aborted", async () => {
    const { members, sent } = setup();
    const controller = new AbortController();
    const [first, second] = members as [MemoryTransport, MemoryTransport];
    first.script.push({ class: "lost" });
    const send = first.send.bind(first);
    first.send = async (...given) => {
      controller.abort();
      return send(...given);
    };
    const outcome = await new FailoverTransport([first, second]).send(aMail(), { signal: controller.signal });
    expect(outcome.class).toBe("lost");
    expect(sent()).toEqual([0, 0]);
  });

  it("is to be tried again when the first of them may work, if none does", async () => {
    const { failover, members } = setup(3);
    members[0]?.script.push({ class: "lost", response: "broke" });
    members[1]?.script.push({ class: "our-fault", response: "535 no", retryAfter: 30_000 });
    members[2]?.script.push({ class: "unreachable", response: "refused", retryAfter: 1_000 });
    expect(await failover.send(aMail())).toMatchObject({
      class: "our-fault",
      retryAfter: 1_000,
      response: "memory: broke; memory: 535 no; memory: refused",
    });
  });

  it("sends each mail once over real servers, whichever way the first one breaks", async () => {
    const backup = await startSmtpServer();
    const classes: string[] = [];
    for (const script of [{ greeting: "drop" }, { data: "drop" }, { mail: "drop" }, { dot: "drop" }]) {
      const first = await startScriptedSmtp(script);
      const members = [first, backup].map(({ url }) => new SmtpTransport(parseSmtpUrl(url)));
      classes.push((await new FailoverTransport(members).send(aMail())).class);
      for (const member of members) await member.close();
      await first.close();
    }
    await backup.close();
    // After the final dot the first server may have it.
    expect(classes).toEqual(["sent", "sent", "sent", "unknown"]);
    expect(backup.messages).toHaveLength(3);
  });
});

describe("a round robin", () => {
  it("sends as many mails through each, from a random one on", async () => {
    const { members, sent } = setup(3);
    const robin = new RoundRobinTransport(members, { random: () => 0.5 });
    await robin.send(aMail());
    expect(sent()).toEqual([0, 1, 0]);
    for (let time = 1; time < 9; time++) await robin.send(aMail());
    expect(sent()).toEqual([3, 3, 3]);
  });

  it("passes over one that cannot be used", async () => {
    const { members, sent } = setup(3);
    members[1]?.script.push(...Array.from({ length: 9 }, () => ({ class: "unreachable" }) as const));
    const robin = new RoundRobinTransport(members, { random: () => 0 });
    for (let time = 0; time < 6; time++) expect((await robin.send(aMail())).class).toBe("sent");
    expect(sent()).toEqual([2, 0, 4]);
  });

  it("sends by weight, and spreads the turns of a heavy one", async () => {
    const { members, sent } = setup(3);
    const weights = [5, 1, 2];
    const transport = new RoundRobinTransport(
      members.map((each, at) => ({ transport: each, weight: weights[at] ?? 1 })),
      { random: () => 0 },
    );
    const order: number[] = [];
    for (let time = 0; time < 16; time++) {
      const before = sent();
      await transport.send(aMail());
      order.push(sent().findIndex((count, at) => count !== before[at]));
    }
    expect(sent()).toEqual([10, 2, 4]);
    expect(order.slice(0, 8)).toEqual([0, 2, 0, 0, 1, 0, 2, 0]);
  });

  it("gives the turns of one that cannot be used to the others", async () => {
    const { members, sent } = setup(2);
    const [first, second] = members as [MemoryTransport, MemoryTransport];
    const transport = new RoundRobinTransport([
      { transport: first, weight: 3 },
      { transport: second, weight: 1 },
    ]);
    first.send = async () => ({ class: "unreachable", response: "down", accepted: [], refused: [] });
    for (let time = 0; time < 8; time++) expect((await transport.send(aMail())).class).toBe("sent");
    expect(sent()).toEqual([0, 8]);
  });

  it("can use as many connections as all of them have", () => {
    const { members } = setup(3);
    expect(new RoundRobinTransport(members).connections).toBe(15);
    expect(new FailoverTransport(members).connections).toBe(5);
  });
});
