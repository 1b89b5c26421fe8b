import { model, Schema } from "mongoose";
import { delayable } from "../../../src/records/mongoose.ts";
import { posted } from "./elsewhere.ts";

const postSchema = new Schema(
  { title: { type: String, required: true }, rank: { type: Number, default: 0 } },
  {
    methods: {
      async sendToTwitter(): Promise<void> {
        await posted(this.title);
      },
    },
    statics: {
      async archiveOlderThan(days: number): Promise<void> {
        await posted(`archived after ${days} days`);
      },
    },
  },
);

export const Post = delayable(model("Post", postSchema), { queue: "posts", recordGone: "discard" });

export async function share(id: string) {
  const post = await Post.findById(id).orFail();
  await post.delay({ in: "5m" }).sendToTwitter();
  await Post.delay().archiveOlderThan(365);
}
