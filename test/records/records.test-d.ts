import mongoose, { Schema } from "mongoose";
import { assertType, describe, expectTypeOf, it } from "vitest";
import { type Checkpoint, delayable, type Job, type JobCall, jobContext } from "../../src/index.ts";
import { delayable as delayableModel, handleAsynchronously } from "../../src/records/mongoose.ts";

class Invoice {
  static archive(year: number) {
    return year;
  }
  id = 1;
  send(note: string, at?: Date) {
    return note.length + (at ? 1 : 0);
  }
  async remind() {}
  withCallback(done: () => void) {
    done();
  }
  before() {}
  _hidden() {}
  protected secret() {}
  private own() {
    this.secret();
  }
  useOwn() {
    this.own();
  }
}

const Invoices = delayable(Invoice, {
  name: "Invoice",
  idOf: ({ id }) => id,
  find: (_: number) => undefined,
});
declare const invoice: Invoice;

const postSchema = new Schema(
  { title: { type: String, required: true }, rank: { type: Number, required: true } },
  {
    methods: {
      publish(suffix: string): string {
        return `${this.title}${suffix}`;
      },
      withMap(map: Map<string, string>): number {
        return map.size;
      },
    },
    statics: {
      sweep(days: number) {
        return days;
      },
    },
  },
);

const Post = delayableModel(mongoose.model("Post", postSchema));

describe("the types of a record's methods", () => {
  it("know arguments and results", () => {
    expectTypeOf(Invoices.delay(invoice).send).toEqualTypeOf<
      (note: string, at?: Date | undefined) => Promise<Job<[note: string, at?: Date | undefined], number>>
    >();
    const reminding: JobCall<[], void> = Invoices.call(invoice).remind();
    assertType(reminding);
    expectTypeOf(Invoices.statics.delay().archive).parameters.toEqualTypeOf<[year: number]>();
  });

  it("refuse what is not public, a hook, and what cannot be stored", () => {
    // @ts-expect-error protected
    assertType(() => Invoices.delay(invoice).secret());
    // @ts-expect-error private
    assertType(() => Invoices.delay(invoice).own());
    // @ts-expect-error private by its name
    assertType(() => Invoices.delay(invoice)._hidden());
    // @ts-expect-error a hook
    assertType(() => Invoices.delay(invoice).before());
    // @ts-expect-error a field
    assertType(() => Invoices.delay(invoice).id());
    // @ts-expect-error a function cannot be stored
    assertType(() => Invoices.delay(invoice).withCallback(() => undefined));
    // @ts-expect-error another object
    assertType(() => Invoices.delay({ id: 1 }));
    // @ts-expect-error an option that there is none of
    assertType(() => Invoices.delay(invoice, { prio: 1 }));
  });

  it("know a model's documents, however they are found", () => {
    assertType(async () => {
      const found = await Post.findById(9).orFail();
      expectTypeOf(found.delay().publish).parameters.toEqualTypeOf<[suffix: string]>();
      expectTypeOf(found.title).toEqualTypeOf<string>();
      expectTypeOf(found.publish("!")).toEqualTypeOf<string>();
      const created = await Post.create({ title: "A", rank: 1 });
      expectTypeOf(created.delay().publish("a")).resolves.toExtend<Job<[string], string>>();
      const made = new Post({ title: "A", rank: 1 });
      expectTypeOf(made.calls.publish("a")).toExtend<JobCall<[string], string>>();
      expectTypeOf(Post.delay().sweep).parameters.toEqualTypeOf<[days: number]>();
      expectTypeOf(Post.sweep(3)).toEqualTypeOf<number>();
      // @ts-expect-error mongoose's own
      found.delay().save();
      // @ts-expect-error a Map does not come back from a store
      found.delay().withMap(new Map());
      // @ts-expect-error no such static
      Post.delay().gone();
    });
  });

  it("know what a method saves of itself between attempts", () => {
    expectTypeOf(jobContext<{ page: number }>().checkpoint).toEqualTypeOf<Checkpoint<{ page: number }>>();
    // @ts-expect-error nobody said what it is
    assertType(() => jobContext().checkpoint.value.page);
  });

  it("know what the plain call of an asynchronous method gives", () => {
    const Later = handleAsynchronously(Post, "publish", {
      priority: (post) => {
        expectTypeOf(post.rank).toEqualTypeOf<number>();
        return post.rank;
      },
    });
    assertType(async () => {
      const found = await Later.findById(9).orFail();
      expectTypeOf(found.publish("a")).resolves.toExtend<Job<[string], string>>();
      expectTypeOf(found.publishWithoutDelay("a")).toEqualTypeOf<string>();
    });
    // @ts-expect-error no such method
    assertType(() => handleAsynchronously(Post, "gone"));
  });
});
