import fc from "fast-check";
import mongoose from "mongoose";
import { describe, expect, it } from "vitest";
import { UnstorableValueError } from "../../src/errors/errors.ts";
import { decode, encode } from "../../src/jobs/stored-value.ts";

const { ObjectId } = mongoose.Types;

const throughText = (value: unknown) => decode(JSON.parse(JSON.stringify(encode(value, "args[0]"))));

describe("a stored value", () => {
  it.each([
    ["text with every kind of character", "O'Brien & Co {{x}} 🎉 שלום \u0000"],
    ["a date", new Date("2026-02-03T04:05:06.789Z")],
    ["a bigint beyond 64 bits", 2n ** 80n],
    ["a negative bigint", -5n],
    ["bytes", new Uint8Array([0, 255, 10])],
    ["a buffer", Buffer.from("hé")],
    ["an ObjectId", new ObjectId("64b7f8f8f8f8f8f8f8f8f8f8")],
    ["undefined", undefined],
    ["undefined in an object", { a: undefined, b: null }],
    ["NaN", Number.NaN],
    ["minus zero", -0],
    ["infinity", Number.NEGATIVE_INFINITY],
    ["empty things", [[], {}, ""]],
    ["an object that looks like a tag", { "@date": "not one" }],
    ["keys a database would misread", { $set: { "a.b": 1 }, "": 2, $ref: "x", $id: 3 }],
    [
      "a key that MongoDB's driver takes for a type of its own",
      { _bsontype: "ObjectId", inner: { _bsontype: 1 } },
    ],
    ["a key called constructor", { constructor: "x", toString: "y" }],
  ])("comes back as it went in: %s", (_, value) => {
    expect(throughText(value)).toStrictEqual(value);
  });

  it("comes back as it went in, whatever JSON it is", () => {
    const wellFormed = fc
      .jsonValue()
      .filter((value) => JSON.stringify(value).isWellFormed() && !hasProto(value));
    fc.assert(
      fc.property(wellFormed, (value) => {
        expect(throughText(value)).toStrictEqual(value);
      }),
    );
  });

  it("leaves plain JSON readable", () => {
    expect(encode(["ada@x.test", { name: "Ada", n: 1.5 }], "args")).toStrictEqual([
      "ada@x.test",
      { name: "Ada", n: 1.5 },
    ]);
  });

  it.each([
    ["a function", () => 1, "args[0] is a function"],
    ["a symbol", Symbol("x"), "args[0] is a symbol"],
    ["a map", { m: new Map() }, "args[0].m is a Map"],
    ["a set", [new Set()], "args[0][0] is a Set"],
    ["a promise", { p: Promise.resolve() }, "args[0].p is a Promise"],
    ["a class instance", new URL("http://x.test"), "args[0] is an URL"],
    ["an error", { e: new TypeError("x") }, "args[0].e is a TypeError"],
    ["an invalid date", new Date(Number.NaN), "args[0] is an invalid Date"],
    [
      "a getter that throws",
      {
        get name() {
          throw new Error("gone");
        },
      },
      "args[0].name is a getter that throws",
    ],
    ["half a character", "\ud800", "lone surrogate"],
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is refused
    ["a hole", [1, , 2], "args[0][1] is a hole"],
    ["a prototype key", JSON.parse('{"__proto__": {"admin": true}}'), "args[0].__proto__ is a prototype key"],
    ["symbol keys", { [Symbol("x")]: 1 }, "symbol keys"],
  ])("is refused with its place and the way out: %s", (_, value, message) => {
    expect(() => encode(value, "args[0]")).toThrow(UnstorableValueError);
    expect(() => encode(value, "args[0]")).toThrow(message);
  });

  it("is refused when it contains itself", () => {
    const loop: { self?: unknown } = {};
    loop.self = loop;
    expect(() => encode(loop, "args[0]")).toThrow(
      "args[0].self is a reference to something that contains it",
    );
  });

  it("may hold one object twice", () => {
    const shared = { a: 1 };
    expect(throughText([shared, shared])).toStrictEqual([{ a: 1 }, { a: 1 }]);
  });

  it("with a tag of a later version is an error, not a guess", () => {
    expect(() => decode({ "@later": 1 })).toThrow("a tag this version does not know");
  });
});

function hasProto(value: unknown): boolean {
  return JSON.stringify(value).includes("__proto__");
}

it("says of a mongoose document what it is, and how to have plain data", () => {
  const User = mongoose.model("StoredValueUser", new mongoose.Schema({ name: String }));
  expect(() => encode(new User({ name: "Ann" }), "args[0]")).toThrow(
    "args[0] is a mongoose document, which cannot be stored. Pass its id, or plain data by .lean() or .toObject().",
  );
});
