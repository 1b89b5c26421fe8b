import { previews } from "../src/index.ts";
import { NewsMailer } from "./news-mailer.ts";

previews(NewsMailer, {
  weekly: {
    normal: [{ email: "ada@example.com", name: "Ada" }, 42],
  },
});
