import { assertType, describe, expectTypeOf, it } from "vitest";
import { z } from "zod";
import {
  delayAll,
  type Job,
  type JobCall,
  type JobContext,
  job,
  Mailer,
  mailer,
  schedule,
} from "../../src/index.ts";
import { assertQueued } from "../../src/testing/index.ts";

const Resize = job("Resize", {
  args: z.tuple([z.string(), z.int()]),
  checkpoint: z.object({ row: z.int() }),
  perform(image, width, context) {
    expectTypeOf(image).toEqualTypeOf<string>();
    expectTypeOf(width).toEqualTypeOf<number>();
    expectTypeOf(context).toEqualTypeOf<JobContext<{ row: number }>>();
    return { image, width };
  },
});

class Digest {
  readonly userId: number;
  constructor(userId: number) {
    this.userId = userId;
  }
  async perform({ signal }: JobContext) {
    return signal.aborted;
  }
}

class NoteActions extends Mailer {
  note(to: string) {
    expectTypeOf(this.attempt).toEqualTypeOf<JobContext>();
    return this.mail({ to });
  }
}
const NoteMailer = mailer(NoteActions, { name: "NoteMailer" });

describe("the types of a plain job", () => {
  it("know its arguments and its result", () => {
    expectTypeOf(Resize.delay().perform).toEqualTypeOf<
      (image: string, width: number) => Promise<Job<[string, number], { image: string; width: number }>>
    >();
    expectTypeOf(Resize.performNow).returns.resolves.toEqualTypeOf<{ image: string; width: number }>();
    expectTypeOf(Resize.call("a", 1)).toExtend<JobCall<[string, number]>>();
    // @ts-expect-error an argument is missing
    assertType(() => Resize.delay().perform("a"));
    // @ts-expect-error an argument of another type
    assertType(() => Resize.delay().perform("a", "wide"));
    // @ts-expect-error an option that there is none of
    assertType(() => Resize.delay({ prio: 1 }));
  });

  it("take a job without arguments", () => {
    const Sweep = job("Sweep", { perform: ({ log }) => log.info("swept") });
    expectTypeOf(Sweep.delay().perform).parameters.toEqualTypeOf<[]>();
    // @ts-expect-error it takes none
    assertType(() => Sweep.call(1));
  });

  it("refuse what cannot be stored", () => {
    const Bad = job("Bad", { args: z.tuple([z.map(z.string(), z.string())]), perform: () => undefined });
    // @ts-expect-error a Map is not what comes back from a store
    assertType(() => Bad.delay().perform(new Map()));
    // @ts-expect-error nor here
    assertType(() => Bad.call(new Map()));
    class Callback {
      readonly done: () => void;
      constructor(done: () => void) {
        this.done = done;
      }
      perform() {
        this.done();
      }
    }
    const BadClass = job(Callback);
    // @ts-expect-error a function cannot be stored
    assertType(() => BadClass.delay().perform(() => undefined));
  });

  it("refuse a schema that turns arguments into others, because it is asked again by the worker", () => {
    // @ts-expect-error what goes in is a text, what comes out is a number
    job("Turned", { args: z.tuple([z.string().transform(Number)]), perform: (_: number) => undefined });
  });

  it("know the class", () => {
    const DigestJob = job(Digest, { args: z.tuple([z.number()]) });
    expectTypeOf(DigestJob.delay().perform).toEqualTypeOf<
      (userId: number) => Promise<Job<[userId: number], boolean>>
    >();
    // @ts-expect-error a class without perform
    assertType(() => job(class Empty {}));
    // @ts-expect-error the schema is of other arguments
    assertType(() => job(Digest, { args: z.tuple([z.string()]) }));
  });

  it("let calls of all kinds go together", () => {
    assertType(() => delayAll([Resize.call("a", 1), NoteMailer.note("a@x.test")]));
    // @ts-expect-error a promise of a job is no call
    assertType(() => delayAll([Resize.delay().perform("a", 1)]));
    assertType(() => schedule("nightly", "0 3 * * *", {}, () => [Resize.call("a", 1), NoteMailer.note("a")]));
  });

  it("are known to the test kit", () => {
    assertType(() => assertQueued(Resize, "perform", ["a", 1], { queue: "images" }));
    assertType(() => assertQueued(Resize, "perform", (queued) => queued.args[1] === 640));
    // @ts-expect-error no such argument
    assertType(() => assertQueued(Resize, "perform", ["a", "b"]));
    // @ts-expect-error no such action
    assertType(() => assertQueued(Resize, "call"));
  });
});
