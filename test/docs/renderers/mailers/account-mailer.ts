import { render } from "@react-email/render";
import { createElement } from "react";
import { Mailer, mailer } from "../../../../src/index.ts";

function Welcome({ name }: { name: string }) {
  return createElement("p", { style: { color: "#0b5f8a" } }, "Welcome, ", name);
}

class AccountActions extends Mailer {
  async welcome(email: string, name: string) {
    const html = await render(createElement(Welcome, { name }));
    return this.mail({ to: email, subject: `Welcome, ${name}`, html });
  }
}

export const AccountMailer = mailer(AccountActions, { name: "AccountMailer" });
