import { previews } from "../src/index.ts";
import { OrderMailer } from "./order-mailer.ts";

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

/** As long as receipts get. */
const MANY = Array.from({ length: 25 }, (_, index) => ({
  name: `Seat ${index + 1}, one month, for the team with the longest name of them all`,
  quantity: 1 + (index % 3),
  price: 1290,
}));

previews(OrderMailer, {
  sendReceipt: {
    normal: ["ada@example.com", "Ada", ORDER],
    "in Ireland": {
      with: { locale: "en-IE", timeZone: "Europe/Dublin" },
      args: ["ada@example.com", "Ada", ORDER],
    },
    "many items": ["ada@example.com", "Ada", { ...ORDER, currency: "JPY", items: MANY }],
  },
});
