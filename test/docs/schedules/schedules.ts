import { schedule } from "../../../src/index.ts";
import { User, UserMailer } from "./users.ts";

schedule("digest", "0 9 * * MON", { timeZone: "Europe/Berlin" }, async ({ at }) => {
  const users = await User.find({ digest: true });
  return users.map((user) => UserMailer.sendDigest(user.email, at));
});
