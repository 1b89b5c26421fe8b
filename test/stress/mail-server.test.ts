import { createTransport } from "nodemailer";
import { expect, it, onTestFinished } from "vitest";
import { freePort } from "../../stress/free-port.ts";
import { MailServer, type TakenMail } from "../../stress/mail/mail-server.ts";
import { CALM, type Temper } from "../../stress/mail/temper.ts";
import { Random } from "../../stress/random.ts";
import { eventually } from "../support/eventually.ts";

async function setup(temper: Partial<Temper> = {}) {
  const port = await freePort();
  const taken: TakenMail[] = [];
  const server = new MailServer({
    port,
    temper: { ...CALM, ...temper },
    random: new Random(1),
    onTaken: (mail) => taken.push(mail),
  });
  await server.listen();
  const clients: { close(): void }[] = [];
  onTestFinished(async () => {
    for (const client of clients) client.close();
    server.hangUp();
    await server.close();
  });
  /** A client with one connection. */
  const connect = () => {
    const pool = { pool: true, maxConnections: 1, maxRequeues: 0 } as const;
    const client = createTransport({ host: "127.0.0.1", port, name: "pid-7", ...pool });
    clients.push(client);
    return (to: string) =>
      client.sendMail({ from: "a@example.com", to, subject: "Hi", messageId: "<m@x>", text: "Hello" });
  };
  return { server, taken, connect };
}

const ANN = "good-1@k.news.example.com";
const LATE = "greylisted-2@k.news.example.com";

it("writes down what it takes, for whom, and which process brought it", async () => {
  const { connect, taken } = await setup();
  await connect()(ANN);
  expect(taken).toEqual([{ recipient: ANN, messageId: "<m@x>", subject: "Hi", client: 7, isDropped: false }]);
});

it("refuses some for good and some at first", async () => {
  const { connect, taken } = await setup();
  const send = connect();
  await expect(send("refused-1@k.news.example.com")).rejects.toMatchObject({ responseCode: 550 });
  await expect(send(LATE)).rejects.toMatchObject({ responseCode: 451 });
  await send(LATE);
  expect(taken.map(({ recipient }) => recipient)).toEqual([LATE]);
});

it("allows as many connections as its temper says, until it calms down", async () => {
  const { connect, server, taken } = await setup({ connections: 1 });
  await connect()(ANN);
  await expect(connect()(ANN)).rejects.toMatchObject({ responseCode: 421 });
  server.calmDown();
  await connect()(ANN);
  expect(taken).toHaveLength(2);
});

it("takes so many mails of one connection, and then closes it", async () => {
  const { connect, taken } = await setup({ mailsPerConnection: 2 });
  const send = connect();
  await send(ANN);
  await send(ANN);
  await expect(send(ANN)).rejects.toThrow();
  await send(ANN);
  expect(taken).toHaveLength(3);
});

it("drops the line after the final dot, whether it took the mail or not", async () => {
  const { connect, taken } = await setup({ dropped: 1 });
  const results = await Promise.allSettled(Array.from({ length: 12 }, () => connect()(ANN)));
  expect(results.every(({ status }) => status === "rejected")).toBe(true);
  expect(taken.length).toBeGreaterThan(0);
  expect(taken.length).toBeLessThan(12);
  expect(taken.every(({ isDropped }) => isDropped)).toBe(true);
});

it("knows of a mail over which it was sitting when it hung up that nobody was told it was taken", async () => {
  const { connect, server, taken } = await setup({ delayMs: 1_000 });
  const sending = expect(connect()(ANN)).rejects.toThrow();
  await eventually("it has the mail", () => server.sitting === 1);
  server.hangUp();
  await sending;
  await eventually("it took the mail", () => taken.length === 1);
  expect(taken).toMatchObject([{ recipient: ANN, isDropped: true }]);
});
