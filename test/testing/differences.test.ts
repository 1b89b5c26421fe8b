import { runInNewContext } from "node:vm";
import mongoose from "mongoose";
import { describe, expect, it } from "vitest";
import { differences } from "../../src/testing/expected/differences.ts";
import { show } from "../../src/testing/expected/show.ts";
import { anything, like, where } from "../../src/testing/index.ts";

const { ObjectId } = mongoose.Types;

const ID = "0123456789abcdef01234567";

class Money {
  readonly amount: number;
  constructor(amount: number) {
    this.amount = amount;
  }
}

const cyclic = (): object => {
  const value: { self?: object } = {};
  value.self = value;
  return value;
};

describe("values that are the same", () => {
  it.each([
    [
      [1, "a", true, null, undefined],
      [1, "a", true, null],
    ],
    [{ a: undefined, b: 1 }, { b: 1 }],
    [new Date(5), new Date(5)],
    [new Date(Number.NaN), new Date(Number.NaN)],
    [Number.NaN, Number.NaN],
    [10n, 10n],
    [Uint8Array.of(1, 2), Buffer.of(1, 2)],
    [new ObjectId(ID), { _bsontype: "ObjectId", toHexString: () => ID }],
    [new Map([[1, { a: 1 }]]), new Map([[1, { a: 1 }]])],
    [new Money(5), new Money(5)],
    [/a/g, /a/g],
    [cyclic(), cyclic()],
    [
      [anything(), where((n: number) => n > 1)],
      ["x", 2],
    ],
    [like({ a: { b: 1 } }), { a: { b: 1, c: 2 }, d: 3 }],
    [expect.objectContaining({ a: 1 }), { a: 1, b: 2 }],
    [Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    [runInNewContext("({ a: [1] })"), { a: [1] }],
  ])("%o and %o", (expected, actual) => {
    expect(differences(expected, actual, "it")).toEqual([]);
  });
});

describe("values that differ", () => {
  it.each([
    [1, 1n, "it: 1n instead of 1"],
    [0, -0, "it: -0 instead of 0"],
    ["1", 1, 'it: 1 instead of "1"'],
    [null, undefined, "it: undefined instead of null"],
    [[], {}, "it: {} instead of []"],
    [{ a: [1, 2] }, { a: [1] }, "it.a[1]: undefined instead of 2"],
    [{ a: 1 }, { a: 1, "b-c": 2 }, 'it["b-c"]: 2 instead of undefined'],
    [
      new Date(0),
      new Date(1),
      'it: new Date("1970-01-01T00:00:00.001Z") instead of new Date("1970-01-01T00:00:00.000Z")',
    ],
    [new Date(0), new Date(Number.NaN), 'it: new Date(NaN) instead of new Date("1970-01-01T00:00:00.000Z")'],
    [Uint8Array.of(1), Uint8Array.of(1, 2), "it: <2 bytes> instead of <1 bytes>"],
    [Uint8Array.of(1), Uint8Array.of(2), "it: another <1 bytes>, which is not equal"],
    [
      new ObjectId(ID),
      new ObjectId(ID.replace("0", "f")),
      `it: ObjectId("f${ID.slice(1)}") instead of ObjectId("${ID}")`,
    ],
    [new Money(5), new Money(6), "it: Money { amount: 6 } instead of Money { amount: 5 }"],
    [new Money(5), { amount: 5 }, "it: { amount: 5 } instead of Money { amount: 5 }"],
    [like({ a: 1 }), { a: 2 }, "it: { a: 2 } does not fit like({ a: 1 })"],
    [like({ a: 1 }), undefined, "it: undefined does not fit like({ a: 1 })"],
    [where((n: number) => n > 1), 1, "it: 1 does not fit where((n) => n > 1)"],
    [expect.any(String), 1, "it: 1 does not fit Any<String>"],
    [expect.stringContaining("a"), "b", 'it: "b" does not fit StringContaining("a")'],
    [
      `${"x".repeat(500)}a`,
      `${"x".repeat(500)}b`,
      `it: "…${"x".repeat(20)}b" instead of "…${"x".repeat(20)}a"`,
    ],
    ["x".repeat(500), "x".repeat(501), `it: "…${"x".repeat(21)}" instead of "…${"x".repeat(20)}"`],
  ])("%o and %o", (expected, actual, line) => {
    expect(differences(expected, actual, "it")).toEqual([line]);
  });

  it("are told one by one", () => {
    expect(differences([1, { a: 1, b: 2 }], [2, { a: 2, b: 2 }], "args")).toEqual([
      "args[0]: 2 instead of 1",
      "args[1].a: 2 instead of 1",
    ]);
  });
});

describe("a value that is shown", () => {
  it.each([
    [{ a: { b: { c: { d: 1 } } }, e: [[[[1]]]] }, "{ a: { b: { c: {…} } }, e: [[[…]]] }"],
    [[1, 2, 3, 4, 5, 6, 7], "[1, 2, 3, 4, 5, … 2 more]"],
    ["😀".repeat(50), `"${"😀".repeat(29)}…"`],
    ["\u001b[31mred\u0085\u2028", '"\\u001b[31mred\\u0085\\u2028"'],
    [{ "a-b": undefined, ä: Symbol("s") }, '{ "a-b": undefined, ä: Symbol(s) }'],
    [new TypeError("no"), "TypeError: no"],
    [function named() {}, "function named() {}"],
    [new Map([["a", 1]]), "Map(1) { 'a' => 1 }"],
    [[[], {}], "[[], {}]"],
  ])("%o is %s", (value, text) => {
    expect(show(value)).toBe(text);
  });
});
