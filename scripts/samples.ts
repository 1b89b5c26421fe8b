import { NewsMailer } from "../mailers/news-mailer.ts";
import { OrderMailer } from "../mailers/order-mailer.ts";
import { UserMailer } from "../mailers/user-mailer.ts";
import type { Message } from "../src/index.ts";

const ASKED = {
  at: new Date("2026-03-02T08:41:00Z"),
  device: "Firefox on Windows",
  place: "Vienna, Austria",
};

const ORDER = {
  number: "2026-10482",
  paidAt: new Date("2026-03-02T09:12:00Z"),
  method: "Visa •••• 4242",
  currency: "EUR",
  taxRate: 0.2,
  items: [
    { name: "Harbour Team, one year", quantity: 9, price: 9600 },
    { name: "Extra storage, 500 GB", quantity: 1, price: 4800 },
    { name: "Getting started together, half a day", quantity: 1, price: 39000 },
  ],
  address: ["Studio Nord GmbH", "Ada Lovelace", "Am Kanal 7", "1050 Wien", "ATU12345678"],
};

const LINK = "https://example.com/password/7fJq2c9VxTnB4sLkR8";
const UNTIL = new Date("2026-03-02T20:41:00Z");
const VIENNA = { timeZone: "Europe/Vienna" };

/** The mails that the screenshots show, with fixed data. */
export const SAMPLES: Readonly<Record<string, Message>> = {
  registration: UserMailer.sendRegistrationMail("ada@example.com", "Ada Lovelace"),
  "password-reset": UserMailer.with({ locale: "de-AT", ...VIENNA }).sendPasswordReset(
    "ada@example.com",
    "Ada",
    LINK,
    UNTIL,
    ASKED,
  ),
  receipt: OrderMailer.with({ locale: "en-IE", ...VIENNA }).sendReceipt("ada@example.com", "Ada", ORDER),
  newsletter: NewsMailer.weekly({ email: "ada@example.com", name: "Ada" }, 42),
};
