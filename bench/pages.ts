import { parseArgs } from "node:util";
import { close, configure, Mailer, mailer, openApp } from "../src/index.ts";
import { newObjectId } from "../src/jobs/object-id.ts";
import { serveDashboard } from "../src/web/dashboard/serve-dashboard.ts";
import { machine } from "./support/machine.ts";
import { placesOf } from "./support/places.ts";
import { countReads, type ReadCount } from "./support/read-count.ts";

const AT_ONCE = 5_000;
const QUEUES = 10;
/** How many of them have failed, of a hundred. */
const FAILED = 20;
const CHUNK = 500;

class PagesActions extends Mailer {
  weekly({ email }: { email: string }, issue: number) {
    return this.mail({ to: email, subject: `News ${issue}`, text: "news" });
  }
}
const PagesMailer = mailer(PagesActions, { name: "BenchNews" });

interface Options {
  readonly jobs: number;
  readonly recipients: number;
  readonly rounds: number;
}

/**
 * How long the pages of the dashboard take over a store of so many jobs and a newsletter of so many recipients, how often each page reads
 * the store, and what their server takes of memory.
 * Flags: --store sqlite|mongo (default sqlite), --jobs N (default 1000000), --recipients N (default 1000000), --rounds N (default 20)
 */
export async function run(args: readonly string[]): Promise<void> {
  const options = {
    store: { type: "string", default: "sqlite" },
    jobs: { type: "string", default: "1000000" },
    recipients: { type: "string", default: "1000000" },
    rounds: { type: "string", default: "20" },
  } as const;
  const { values } = parseArgs({ args: [...args], options });
  const store = values.store === "mongo" ? "mongo" : "sqlite";
  const places = placesOf(store);
  const place = await places.open();
  const wanted = {
    jobs: Number(values.jobs),
    recipients: Number(values.recipients),
    rounds: Number(values.rounds),
  };
  try {
    configure({
      ...(store === "mongo" ? { mongodbUri: place.uri } : { sqlite: place.uri }),
      from: "a@x.test",
    });
    process.stdout.write(
      `${machine()}\npages over ${wanted.jobs} jobs, ${FAILED} of 100 failed, ${QUEUES} queues, and a newsletter of ${wanted.recipients}, on ${places.name}\n`,
    );
    await fill(wanted.jobs);
    const newsletter = await fillNewsletter(wanted.recipients);
    await measure(wanted, newsletter, await countReads(store));
  } finally {
    await close();
    await place.close();
  }
}

async function fill(jobs: number): Promise<void> {
  const { store } = await openApp();
  for (let at = 0; at < jobs; at += AT_ONCE) {
    const length = Math.min(AT_ONCE, jobs - at);
    const isFailing = (at / AT_ONCE) % 100 < FAILED;
    const runAt = new Date(Date.now() + (isFailing ? -1_000 : 86_400_000));
    await store.insert(
      Array.from({ length }, (_, index) => ({
        ...{
          id: newObjectId(),
          handler: "BenchMailer",
          action: "hello",
          args: ["ann@example.com"],
          params: {},
        },
        ...{ meta: {}, queue: `queue-${index % QUEUES}`, priority: index % 3, maxAttempts: 25, runAt },
      })),
    );
    if (!isFailing) continue;
    const held = await store.claim({ workerId: "w", token: "t", limit: length, leaseMs: 60_000 });
    const failure = {
      token: "t",
      kind: "fail",
      error: "Error: 550 no such user",
      reason: "rejected",
    } as const;
    await store.settle(held.map(({ id }) => ({ id, ...failure })));
  }
}

/** Of which the last row is no recipient, so that the page looks for the reason. @returns its id */
async function fillNewsletter(recipients: number): Promise<string> {
  async function* audience() {
    for (let index = 0; index < recipients; index++) yield { email: `reader${index}@example.com` };
    yield { email: "no address" };
  }
  const options = { key: "bench-weekly", chunkSize: CHUNK, at: new Date(Date.now() + 86_400_000) };
  const begunAt = performance.now();
  const { id } = await PagesMailer.broadcast(audience(), options).weekly(1);
  process.stdout.write(`planned in ${((performance.now() - begunAt) / 1_000).toFixed(0)} s\n`);
  return id;
}

async function measure({ rounds }: Options, newsletter: string, reads: ReadCount): Promise<void> {
  const { store } = await openApp();
  const server = await serveDashboard({}, { port: 0 });
  const [failed] = await store.page({ state: "failed", limit: 1 });
  const paths = [
    "/",
    "/jobs",
    "/jobs?state=ready",
    "/jobs?state=failed",
    "/jobs?state=failed&q=nothing",
    `/jobs/${failed?.id}`,
    "/queues",
    "/workers",
    "/newsletters",
    `/newsletters/${newsletter}`,
    "/metrics",
  ];
  for (const path of paths) {
    const times: number[] = [];
    reads.reset();
    for (let round = 0; round < rounds; round += 1) {
      const begun = performance.now();
      const response = await fetch(server.url + path);
      await response.text();
      if (!response.ok) throw new Error(`${path}: ${response.status}`);
      times.push(performance.now() - begun);
    }
    const [median = 0] = times.toSorted((a, b) => a - b).slice(Math.floor(rounds / 2));
    const shown = path.replace(/[0-9a-f]{24}/, "ID").padEnd(32);
    const each = (reads.count() / rounds).toFixed(0).padStart(4);
    process.stdout.write(
      `${shown} median ${median.toFixed(1)} ms, worst ${Math.max(...times).toFixed(1)} ms, ${each} reads\n`,
    );
  }
  const own = Math.round(process.memoryUsage().rss / 2 ** 20);
  process.stdout.write(`resident memory, this program's own in it and an embedded store's: ${own} MB\n`);
  await server.close();
}
