import type { Measured } from "./contender.ts";

/** What this process takes from `start` on. */
export class Meter {
  #commands: Record<string, number> = {};
  #cpu = process.cpuUsage();
  #startedAt = performance.now();

  count({ commandName }: { readonly commandName: string }): void {
    this.#commands[commandName] = (this.#commands[commandName] ?? 0) + 1;
  }

  start(): void {
    this.#commands = {};
    this.#cpu = process.cpuUsage();
    this.#startedAt = performance.now();
  }

  read(ops: number): Measured {
    const { user, system } = process.cpuUsage(this.#cpu);
    return {
      ops,
      ms: performance.now() - this.#startedAt,
      cpuMs: (user + system) / 1000,
      rssMb: process.resourceUsage().maxRSS / 1024,
      commands: this.#commands,
      serverCpuMs: Number.NaN,
    };
  }
}
