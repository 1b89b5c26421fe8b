// Comments are checked after they were posted, by a classifier that learnt from older ones; the verdict is stored beside the comment.
// @ts-expect-error it has no types
import bayes from "bayes";
import Database from "better-sqlite3";
import { z } from "zod";
import { close, job, openApp } from "../src/index.ts";

interface Comment {
  readonly text: string;
  readonly verdict: "spam" | "ham" | null;
}
/** Whatever judges: the classifier below, or a service that is asked over HTTP. */
interface Judge {
  categorize(text: string): Promise<string>;
}

const blog = new Database("blog.sqlite");
blog.exec("CREATE TABLE comments (id INTEGER PRIMARY KEY, text TEXT, verdict TEXT)");
const find = blog.prepare("SELECT text, verdict FROM comments WHERE id = ?");
const judge = blog.prepare("UPDATE comments SET verdict = ? WHERE id = ?");

const classifier: Judge & { learn(text: string, verdict: string): Promise<void> } = bayes();
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
    const comment = find.get(id) as Comment | undefined;
    // It was taken back meanwhile: there is nothing left to do.
    if (!comment) return;
    judge.run(await classifier.categorize(comment.text), id);
  },
});

async function post(id: number, text: string): Promise<void> {
  blog.prepare("INSERT INTO comments VALUES (?, ?, NULL)").run(id, text);
  await CheckComment.delay({ uniqueKey: `comment:${id}` }).perform(id);
}

await post(1, "Thanks, the example helped me");
await post(2, "Click here to buy cheap pills");
await post(3, "win free money at our casino");
await post(4, "I take this back");
blog.exec("DELETE FROM comments WHERE id = 4");
await (await openApp()).worker().workOff();
const comments = blog.prepare("SELECT text, verdict FROM comments ORDER BY id").all() as Comment[];
for (const { text, verdict } of comments) console.log(`${verdict}: ${text}`);
if (comments.map(({ verdict }) => verdict).join() !== "ham,spam,spam") process.exitCode = 1;
await close();
