import { pathToFileURL } from "node:url";
import type { Contender, OpenContender } from "../support/contender.ts";
import { answerLines } from "../support/lines.ts";
import { Meter } from "../support/meter.ts";

/** One contender in a process of its own: does what the lines on its standard input ask for. */
interface Start {
  readonly module: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly uri: string;
  readonly concurrency: number;
}

const { module, ...start } = JSON.parse(process.argv[2] ?? "{}") as Start;
const meter = new Meter();
const { open } = (await import(pathToFileURL(module).href)) as { readonly open: OpenContender };
const contender = await open({ ...start, onCommand: (event) => meter.count(event) });

answerLines(async (line, say) => {
  switch (line.do) {
    case "enqueue":
      meter.start();
      await enqueue(contender, String(line.how), Number(line.count));
      return meter.read(Number(line.count));
    case "work":
      meter.start();
      return work(contender, say);
    case "isDrained":
      return contender.isDrained();
    case "measure":
      return meter.read(0);
    case "close":
      return contender.close();
  }
});

async function enqueue(to: Contender, how: string, count: number): Promise<void> {
  const ways = { one: to.enqueueOneByOne, bulk: to.enqueueBulk, backlog: to.enqueueBacklog };
  const way = ways[how as keyof typeof ways];
  if (way) await way.call(to, count);
  // Where there is no call for many, there is the call for one.
  else await to.enqueueOneByOne(count);
}

/** Tells how many were performed, once per turn of the event loop. */
async function work(by: Contender, say: (event: object) => void): Promise<void> {
  let performed = 0;
  let told = 0;
  await by.work(() => {
    performed += 1;
    if (performed === told + 1) setImmediate(tell);
  });
  function tell(): void {
    told = performed;
    say({ performed });
  }
}
