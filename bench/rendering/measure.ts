import { CONTENDERS } from "./contenders.ts";
import type { Kind } from "./mails.ts";

export interface RenderTask {
  readonly name: keyof typeof CONTENDERS;
  readonly kind: Kind;
  /** Of html, about. */
  readonly kilobytes: number;
  readonly mails: number;
}

/** CPU and wall time of one mail, in ms. */
export interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

export interface RenderMeasured extends Cost {
  readonly parts: Readonly<Record<string, Cost>>;
  /** The process's peak. */
  readonly rssMb: number;
  readonly htmlBytes: number;
  readonly emlBytes: number;
  readonly reason?: string;
}

/** Makes mails one after the other, in this process. */
export async function measureRendering({
  name,
  kind,
  kilobytes,
  mails,
}: RenderTask): Promise<RenderMeasured> {
  const { make, parts = {}, ...facts } = await CONTENDERS[name](kind, kilobytes);
  const cost = await costOf(make, mails);
  const rssMb = process.resourceUsage().maxRSS / 1024;
  const costs: Record<string, Cost> = {};
  for (const [part, run] of Object.entries(parts)) costs[part] = await costOf(run, mails);
  const { length: emlBytes } = await make(0);
  return { ...cost, parts: costs, rssMb, emlBytes, ...facts };
}

async function costOf(run: (index: number) => Promise<unknown>, mails: number): Promise<Cost> {
  for (let index = 0; index < mails / 5; index++) await run(index);
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  for (let index = 0; index < mails; index++) await run(index);
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  return { ms: ms / mails, cpuMs: (user + system) / 1000 / mails };
}
