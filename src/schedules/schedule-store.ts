/**
 * How far each schedule has come. The contract, run by every store from test/contracts/schedule-store.ts:
 *
 * - `begin` gives the last tick, and makes `now` the last one where there is none: a new schedule has missed nothing.
 * - `advance` never goes back, whoever calls it last.
 * - `pause` begins a schedule that was not begun. `resume` advances to `now`: what came meanwhile is not missed.
 */
export interface ScheduleStore {
  begin(schedule: string, now: Date): Promise<Date>;
  advance(schedule: string, tick: Date): Promise<void>;
  last(schedule: string): Promise<Date | undefined>;
  pause(schedule: string, now: Date): Promise<void>;
  resume(schedule: string, now: Date): Promise<void>;
  paused(): Promise<readonly string[]>;
}
