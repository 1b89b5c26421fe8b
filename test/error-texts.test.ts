import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Expression, type Program, parseSync, type TemplateLiteral, Visitor } from "oxc-parser";
import { describe, expect, it } from "vitest";

interface ErrorText {
  readonly file: string;
  /** The class of the error, or what takes the text. */
  readonly by: string;
  readonly text: string;
}

/** Classes of errors, and of faults that become one. */
const ERROR_CLASS = /(?:Error|Fault|Failure|RetryLater|StopMail)$/;
/** Functions that make an error, or one line of a report of problems. */
const MAKER = /^(?:unusable|unstorable|invalid|faultAt|problemAt|fail|addIssue)$/;
/** Properties and functions whose texts are told to somebody as a problem. */
const TOLD = /^(?:problems?|hint|advice|reason|message|error|explain)$|(?:Problem|Hint|Advice|Reason)s?$/;

/** Words that mean something to us only. */
const JARGON = /our-fault|\bledger\b|\bdesk\b|\bidx\b|\bundefined is not\b|\[object/;

/** Statements, and the name of an error that is made for its stack. */
const IS_INTERNAL = /^(?:UPDATE|SELECT|INSERT|DELETE) |^shows who calls$/;

/** Everything of one file that makes a text for somebody who meets an error. */
function errorTextsOf(file: string): readonly ErrorText[] {
  const source = readFileSync(join("src", file), "utf8");
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const found = new Map<string, ErrorText>();
  const add = (by: string, nodes: readonly Argument[]) => {
    for (const text of textsIn(nodes, source))
      if (/\S\s+\S/.test(text) && !IS_INTERNAL.test(text)) found.set(`${by} ${text}`, { file, by, text });
  };
  const makers = makersIn(program, source);
  let owner: string | undefined;
  new Visitor({
    ClassDeclaration(node) {
      owner = node.id?.name;
    },
    "ClassDeclaration:exit"() {
      owner = undefined;
    },
    NewExpression({ callee, arguments: args }) {
      if (callee.type === "Identifier" && ERROR_CLASS.test(callee.name)) {
        add(callee.name, args);
        for (const name of namesIn(args)) add(callee.name, makers.get(name) ?? []);
      }
    },
    CallExpression({ callee, arguments: args }) {
      if (callee.type === "Super" && owner !== undefined && ERROR_CLASS.test(owner)) {
        add(owner, args);
        for (const name of namesIn(args)) add(owner, makers.get(name) ?? []);
      }
      const called = source.slice(callee.start, callee.end);
      if (callee.type === "Identifier" && MAKER.test(callee.name)) add(callee.name, args);
      if (/(?:^|\.)(?:err|stderr)\.write$/.test(called)) {
        add("standard error", args);
        for (const name of namesIn(args)) add("standard error", makers.get(name) ?? []);
      }
    },
    Property({ key, value }) {
      if (key.type === "Identifier" && TOLD.test(key.name)) add(key.name, [value as Expression]);
    },
  }).visit(program);
  for (const [name, texts] of makers) if (TOLD.test(name)) add(name, texts);
  return [...found.values()];
}

type Argument = Expression | { readonly type: "SpreadElement"; readonly argument: Expression };

/** What the functions and constants of a file may give back, by name. */
function makersIn(program: Program, source: string): ReadonlyMap<string, readonly Expression[]> {
  const makers = new Map<string, Expression[]>();
  const names: string[] = [];
  const give = (node: Expression | null) => {
    const name = names.at(-1);
    if (name !== undefined && node !== null) makers.set(name, [...(makers.get(name) ?? []), node]);
  };
  new Visitor({
    FunctionDeclaration: ({ id }) => void names.push(id?.name ?? ""),
    "FunctionDeclaration:exit": () => void names.pop(),
    ReturnStatement: ({ argument }) => give(argument),
    VariableDeclarator({ id, init }) {
      if (init === null) return;
      const name = source.slice(id.start, id.end).split(":")[0] ?? "";
      const body = init.type === "ArrowFunctionExpression" ? init.body : init;
      if (body.type !== "BlockStatement") makers.set(name, [...(makers.get(name) ?? []), body as Expression]);
    },
  }).visit(program);
  return makers;
}

/** Functions called and constants named in arguments, also within a template. */
function namesIn(nodes: readonly Argument[]): readonly string[] {
  return nodes.flatMap((node): readonly string[] => {
    if (node.type === "Identifier") return [node.name];
    if (node.type === "CallExpression") return namesIn([node.callee, ...node.arguments] as Argument[]);
    if (node.type === "TemplateLiteral") return namesIn(node.expressions);
    return [];
  });
}

/** The texts among some expressions, also those within lists, branches and joined ones. */
function textsIn(nodes: readonly Argument[], source: string): readonly string[] {
  return nodes.flatMap((node): readonly string[] => {
    switch (node.type) {
      case "Literal":
        return typeof node.value === "string" ? [node.value] : [];
      case "TemplateLiteral":
        return [textOf(node, source), ...textsIn(node.expressions, source)];
      case "ConditionalExpression":
        return textsIn([node.consequent, node.alternate], source);
      case "LogicalExpression":
        return textsIn([node.left, node.right] as Expression[], source);
      case "BinaryExpression":
        return textsIn([node.left, node.right] as Expression[], source);
      case "ArrayExpression":
        return textsIn(
          node.elements.filter((element) => element !== null),
          source,
        );
      case "ArrowFunctionExpression":
        return node.body.type === "BlockStatement" ? [] : textsIn([node.body as Expression], source);
      default:
        return [];
    }
  });
}

/** A template as it is written, with what is filled in between braces. */
function textOf({ quasis, expressions }: TemplateLiteral, source: string): string {
  return quasis
    .map(({ value }, at) => {
      const filled = expressions[at];
      return `${value.cooked}${filled === undefined ? "" : `{${source.slice(filled.start, filled.end)}}`}`;
    })
    .join("");
}

const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".ts"),
);
const all = files
  .map((file) => file.replaceAll("\\", "/"))
  .toSorted()
  .flatMap(errorTextsOf);
/** Only the words that a person reads. */
const words = (text: string) => text.replaceAll(/\{(?:[^{}]|\{[^{}]*\})*\}/g, "");

const lineOf = ({ by, text }: ErrorText) => `  ${by}: ${text.trim().replaceAll("\n", "\n    ")}\n`;

describe("the texts of errors", () => {
  it("stand in one list, to be read as whoever gets them reads them", async () => {
    expect(all.length).toBeGreaterThan(300);
    const page = [...new Set(all.map(({ file }) => file))]
      .map(
        (file) =>
          `${file}\n${all
            .filter((each) => each.file === file)
            .map(lineOf)
            .join("")}`,
      )
      .join("\n");
    await expect(page).toMatchFileSnapshot("error-texts.txt");
  });

  it("have no words in them that mean something to us only", () => {
    expect(all.filter(({ text }) => JARGON.test(words(text)))).toEqual([]);
  });

  it("do not shout, and ask nobody to contact anybody", () => {
    expect(all.filter(({ text }) => /!$|\bplease\b|\boops\b|\bcontact\b/i.test(words(text)))).toEqual([]);
  });
});
