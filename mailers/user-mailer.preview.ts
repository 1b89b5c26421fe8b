import { previews } from "../src/index.ts";
import { UserMailer } from "./user-mailer.ts";

const LINK = "https://example.com/password/7fJq2c9VxTnB4sLkR8";
const UNTIL = new Date("2026-03-02T20:41:00Z");
const ASKED = {
  at: new Date("2026-03-02T08:41:00Z"),
  device: "Firefox on Windows",
  place: "Vienna, Austria",
};

previews(UserMailer, {
  sendRegistrationMail: {
    normal: ["ada@example.com", "Ada Lovelace"],
    "long name": [
      "ada@example.com",
      "Augusta Ada Byron King-Noel, Countess of Lovelace and Baroness Wentworth",
    ],
  },
  sendPasswordReset: {
    normal: ["ada@example.com", "Ada", LINK, UNTIL, ASKED],
    "in Vienna": {
      with: { locale: "de-AT", timeZone: "Europe/Vienna" },
      args: ["ada@example.com", "Ada", LINK, UNTIL, ASKED],
    },
  },
});
