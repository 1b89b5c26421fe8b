import { createHmac } from "node:crypto";
import { mailer } from "delayed-mailer";
import { z } from "zod";
import { ApplicationMailer } from "./application-mailer.js";

/** A row of the audience. */
const subscriber = z.object({ email: z.email(), name: z.string().min(1).max(80) });

class NewsActions extends ApplicationMailer {
  /** The first argument is the subscriber: `NewsMailer.broadcast(subscribers, { key: "issue-1" }).weekly(1)`. */
  weekly({ email, name }, issue) {
    const unsubscribe = unsubscribeUrl(email);
    return this.mail({
      to: { name, address: email },
      locals: { name, issue, unsubscribe },
      // Large providers refuse mails to many people that say no list and no way out of it (RFC 2919, RFC 8058).
      list: {
        id: { name: "__NAME__ News", id: "news.example.com" },
        unsubscribe: [unsubscribe, "mailto:unsubscribe@example.com"],
        oneClick: true,
      },
    });
  }
}

export const NewsMailer = mailer(NewsActions, {
  name: "NewsMailer",
  args: { weekly: z.tuple([subscriber, z.int().positive()]) },
});

/**
 * Your server answers this address: a GET shows a page with a button, a POST unsubscribes at once. It makes the same signature of the
 * email, and compares, so that nobody can unsubscribe somebody else.
 */
function unsubscribeUrl(email) {
  const secret = process.env.UNSUBSCRIBE_SECRET ?? "for development only";
  const signature = createHmac("sha256", secret).update(email).digest("base64url");
  const baseUrl = process.env.DELAYED_MAILER_BASE_URL ?? "https://example.com";
  return new URL(`/unsubscribe?${new URLSearchParams({ email, signature })}`, baseUrl).href;
}
