// Comments are checked after they were posted, by a classifier that learnt from older ones; the verdict is stored beside the comment.
// @ts-expect-error it has no types
import bayes from "bayes";
import { z } from "zod";
import { close, job, openApp } from "../src/index.ts";

interface Comment {
  readonly text: string;
  verdict?: "spam" | "ham";
}
const comments = new Map<number, Comment>();

const classifier = bayes();
for (const text of [
  "cheap pills buy now",
  "win money now click here",
  "cheap watches click to buy",
  "free money casino",
])
  await classifier.learn(text, "spam");
for (const text of [
  "thanks for the clear article",
  "I think the second example is wrong",
  "how do I run this on Node 22",
  "great write up, it helped me",
])
  await classifier.learn(text, "ham");

const CheckComment = job("CheckComment", {
  args: z.tuple([z.int()]),
  queue: "moderation",
  async perform(id) {
    const comment = comments.get(id);
    // It was taken back meanwhile: there is nothing left to do.
    if (!comment) return;
    comment.verdict = (await classifier.categorize(comment.text)) as "spam" | "ham";
  },
});

async function post(id: number, text: string): Promise<void> {
  comments.set(id, { text });
  await CheckComment.delay({ uniqueKey: `comment:${id}` }).perform(id);
}

await post(1, "Thanks, the example helped me");
await post(2, "Click here to buy cheap pills");
await post(3, "win free money at our casino");
await post(4, "I take this back");
comments.delete(4);
await (await openApp()).worker().workOff();
for (const { text, verdict } of comments.values()) console.log(`${verdict}: ${text}`);
if ([...comments.values()].map(({ verdict }) => verdict).join() !== "ham,spam,spam") process.exitCode = 1;
await close();
