import mongoose from "mongoose";
import { z } from "zod";
import { close, configure, deliverAllLater, Mailer, mailer, openApp } from "../../src/index.ts";
import type { ContenderContext, OpenContender } from "../support/contender.ts";

const BATCH = 1_000;
const TEXT = "x".repeat(185);

class BenchActions extends Mailer {
  greet(text: string) {
    return this.mail({ to: "b@example.com", subject: "Hello", locals: { text } });
  }
}

const BenchMailer = mailer(BenchActions, { name: "BenchMailer", args: { greet: z.tuple([z.string()]) } });

/** Enqueueing as an application does it: arguments checked by zod, a Message-ID made, hooks looked for. */
export const open: OpenContender = async ({ uri, onCommand }: ContenderContext) => {
  const isMongo = uri.startsWith("mongodb://");
  const connection = isMongo
    ? await mongoose.createConnection(uri, { monitorCommands: true }).asPromise()
    : undefined;
  connection?.getClient().on("commandStarted", onCommand);
  // Nothing is sent here, so no server needs to be there.
  const smtp = { smtpUrl: "smtp://127.0.0.1:1", from: "a@example.com" };
  configure({ ...smtp, ...(connection ? { mongoose: connection } : { sqlite: uri }) });
  const { store } = await openApp();
  return {
    enqueueOneByOne: async (count) => {
      for (let index = 0; index < count; index++) await BenchMailer.delay().greet(TEXT);
    },
    enqueueBulk: async (count) => {
      for (let left = count; left > 0; left -= BATCH)
        await deliverAllLater(Array.from({ length: Math.min(left, BATCH) }, () => BenchMailer.greet(TEXT)));
    },
    work: async () => {
      throw new Error("It only enqueues: a mail is more than a job that does nothing.");
    },
    isDrained: async () => (await store.count({ state: "ready" })) === 0,
    close: async () => {
      await close();
      await connection?.close();
    },
  };
};
