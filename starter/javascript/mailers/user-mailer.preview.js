import { previews } from "delayed-mailer";
import { UserMailer } from "./user-mailer.js";

previews(UserMailer, {
  sendRegistrationMail: {
    normal: ["ada@example.com", "Ada Lovelace"],
    "long name": ["ada@example.com", "Augusta Ada Byron King-Noel, Countess of Lovelace"],
  },
});
