import { z } from "zod";
import { helper } from "./helper.ts";

/**
 * `<img src="{{cid "images/logo.png"}}">`: an image that travels inside the mail. Names the `cid` of an attachment the action gave, or
 * the path of an image below the templates folder or one of the folders for attachments.
 */
export const cid = helper({ args: z.tuple([z.string()]) }, ({ args: [reference], embed, format }) => {
  if (format !== "html") throw new Error("only html parts show images");
  return embed(reference);
});
