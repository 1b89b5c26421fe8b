import type { Fault } from "./fault.ts";

/** What can be done to a process of the application, on every store. */
export function processFaults(leaseMs: number): Readonly<Record<string, Fault>> {
  const fault = (weight: number, begin: Fault["begin"]): Fault => ({ weight, of: "a process", begin });
  return {
    kill: fault(8, async (crew, random) => {
      const worker = crew.aWorker(random);
      worker?.kill();
      return worker && { ms: 0 };
    }),
    pause: fault(8, async (crew, random) => {
      const worker = crew.aWorker(random);
      const ms = leaseMs * random.between(0.3, 2.5);
      worker?.pause();
      return worker && { ms, end: () => worker.continue() };
    }),
    stop: fault(5, async (crew, random) => {
      const worker = crew.aWorker(random);
      const isImpatient = random.chance(0.3);
      const pid = worker?.pid;
      worker?.stop();
      const again = () => (isImpatient && worker?.pid === pid ? worker?.stop() : undefined);
      return worker && { ms: 300, end: again };
    }),
    "kill a producer": fault(3, async ({ producers: [, mortal] }) => {
      if (!mortal?.isAtWork) return undefined;
      mortal.kill();
      return { ms: 0 };
    }),
    "kill a planner": fault(4, async ({ editors }, random) => {
      const editor = random.pick(editors.filter(({ isAtWork }) => isAtWork));
      editor?.kill();
      return editor && { ms: 0 };
    }),
  };
}
