import { z } from "zod";
import { mailer } from "../src/index.ts";
import { ApplicationMailer } from "./application-mailer.ts";

const recipient = z.object({ email: z.email(), name: z.string().min(1).max(80) });

class NewsActions extends ApplicationMailer {
  /** The subject is templates/news-mailer/weekly.en.subject.hbs. */
  weekly({ email, name }: z.infer<typeof recipient>, issueId: number) {
    return this.mail({ to: { name, address: email }, locals: { name, issueId } });
  }
}

export const NewsMailer = mailer(NewsActions, {
  name: "NewsMailer",
  args: { weekly: z.tuple([recipient, z.int().positive()]) },
});
