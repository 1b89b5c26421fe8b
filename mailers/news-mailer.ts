import { createHmac } from "node:crypto";
import { z } from "zod";
import { mailer } from "../src/index.ts";
import { ApplicationMailer } from "./application-mailer.ts";

const recipient = z.object({ email: z.email(), name: z.string().min(1).max(80) });

class NewsActions extends ApplicationMailer {
  /** The subject is templates/news-mailer/weekly.en.subject.hbs. */
  weekly({ email, name }: z.infer<typeof recipient>, issueId: number) {
    const unsubscribe = unsubscribeUrl(email);
    return this.mail({
      to: { name, address: email },
      locals: { name, issueId, unsubscribe },
      // Large providers refuse mails to many people that say no list and no way out of it (RFC 2919, RFC 8058).
      list: {
        id: { name: "Harbour Weekly", id: "weekly.example.com" },
        unsubscribe: [unsubscribe, "mailto:unsubscribe@example.com"],
        oneClick: true,
      },
    });
  }
}

export const NewsMailer = mailer(NewsActions, {
  name: "NewsMailer",
  args: { weekly: z.tuple([recipient, z.int().positive()]) },
});

/**
 * Your server answers this address: a GET shows a page with a button, a POST unsubscribes at once. It makes the same signature of the
 * email, and compares, so that nobody can unsubscribe somebody else.
 */
function unsubscribeUrl(email: string): string {
  const secret = process.env.UNSUBSCRIBE_SECRET ?? "for development only";
  const signature = createHmac("sha256", secret).update(email).digest("base64url");
  const baseUrl = process.env.DELAYED_MAILER_BASE_URL ?? "https://example.com";
  return new URL(`/weekly/unsubscribe?${new URLSearchParams({ email, signature })}`, baseUrl).href;
}
