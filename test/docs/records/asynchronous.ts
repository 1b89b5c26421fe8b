import { model, Schema } from "mongoose";
import { delayable, handleAsynchronously } from "../../../src/records/mongoose.ts";
import { posted } from "./elsewhere.ts";

const storySchema = new Schema(
  { title: { type: String, required: true }, rank: { type: Number, required: true } },
  {
    methods: {
      async publish(): Promise<void> {
        await posted(`story ${this.title}`);
      },
    },
  },
);

export const Story = handleAsynchronously(delayable(model("Story", storySchema)), "publish", {
  priority: (story) => story.rank,
});

export async function both(id: string) {
  const story = await Story.findById(id).orFail();
  const job = await story.publish(); // stored
  await story.publishWithoutDelay(); // at once
  return job;
}
