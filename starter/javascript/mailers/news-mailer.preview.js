import { previews } from "delayed-mailer";
import { NewsMailer } from "./news-mailer.js";

previews(NewsMailer, {
  weekly: { normal: [{ email: "ada@example.com", name: "Ada" }, 1] },
});
