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

/** With which a sentence tells somebody to do something. */
const VERBS = [
  ...[
    "add",
    "allow",
    "ask",
    "await",
    "call",
    "cancel",
    "change",
    "check",
    "choose",
    "close",
    "create",
    "do",
    "end",
    "find",
    "give",
  ],
  ...[
    "install",
    "keep",
    "leave",
    "let",
    "limit",
    "make",
    "mend",
    "name",
    "open",
    "pass",
    "plan",
    "put",
    "read",
    "rehearse",
    "remove",
  ],
  ...[
    "rename",
    "retry",
    "return",
    "run",
    "save",
    "say",
    "see",
    "send",
    "set",
    "shorten",
    "show",
    "start",
    "stop",
    "store",
  ],
  ...["take", "throw", "try", "update", "use", "wait", "write"],
];

/** Texts without a way out, by parts of them: why they need none. */
const WITHOUT_WAY_OUT: Readonly<Record<string, readonly string[]>> = {
  "each problem that is filled in says what is right": [
    ...["{where}: {problems", "was called with arguments", "is not usable:", "{path.join", "args{place}: "],
  ],
  "what is filled in is the advice": [
    ...["{mail} was not sent", "{why}. {advice}", "({code}){advice(code)}", ". {way} ", "to the end: {why}"],
  ],
  "what is filled in stands in this list by itself": [
    ...[
      "Job {id} {problem}",
      'Batch "{key}" {problem}',
      "newsletter of {handler}.{action}",
      "`attachments[{index}]`: ",
      "`calendar`: ",
      "`list`: ",
      "{whose} gave {",
      "}): {ofMail}",
    ],
    ...[
      "defaults(): {ofDefaults}",
      "`inlineCss`, and {",
      "rendered: {",
      "cannot be used: {reason}",
      "{ALREADY_OPEN}",
    ],
  ],
  "it is what the database says, which knows better than we what to do": [
    "{what}: {withoutSecrets(error.message)}{advice}",
  ],
  "it says what to write where": ["in a name or password write"],
  "nothing that a person does leads here": ["does not keep the limits"],
  "it names what cannot be stored, within a text that says what to pass instead": [
    ...[
      "a {typeof value}",
      "half a character",
      "to something that contains it",
      "nested deeper than {MAX_DEPTH}",
    ],
    ...[
      "a mongoose document",
      "{article(className(value))}",
      "class instance",
      "an invalid Date",
      "a hole in",
    ],
    ...[
      "symbol keys",
      "a prototype key",
      "a getter that throws",
      "a value that throws",
      "What is stored",
      "was written there",
      "a tag this",
    ],
  ],
  "it names the thing that a text is about": [
    ...[
      "mail callbacks",
      "The attachment {",
      "mailer {name}",
      'preview "{this.scenario}"',
      "a row of the audience",
    ],
    ...["newsletter {key}", "newsletter {this.key}", "job {name}", "The checkpoint"],
    ...[
      "a {this.name}",
      "{name} {String(id)}",
      "{this.name} {shown(id)}",
      "The renderer of",
      'schedule "{name}"',
    ],
    ...["the rate", "its URL", "the mail server's URL", 'the transport "{name}"'],
  ],
  "it is the reason within a text that says to save the record": ["was never saved", "is deleted"],
};

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
      case "BinaryExpression": {
        const [left = [], right = []] = [node.left, node.right].map((side) =>
          textsIn([side as Expression], source),
        );
        return left.length === 1 && right.length === 1 ? [`${left[0]}${right[0]}`] : [...left, ...right];
      }
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

/** Errors of ours that reach people as they are; what a plain Error says is put into one of these. */
const REACHES_PEOPLE = /^(?!Error$|TypeError$|RangeError$|BadReplyError$)\w*(?:Error|Failure)$|^unusable$/;

/** Somebody is told to do something, or what is right, or where that can be read. */
const WAY_OUT = new RegExp(
  [
    `(?:^|[.?;:,(}]\\s+|\\b(?:or|and|then|first|else) )(?:${VERBS.join("|")})\\b`,
    "\\b(?:must|needs?|takes|only|such as|at most|one of|instead|it has|it knows)\\b",
    "\\b(?:known|commands|there are|did you mean)\\b",
    "--[a-z]|\\bnpm |delayed-mailer \\w|\\blists? ",
  ].join("|"),
  "i",
);

/** What is told of a text when it has no way out of its own. */
function isExcused({ text }: ErrorText): boolean {
  return Object.values(WITHOUT_WAY_OUT).some((parts) => parts.some((part) => text.includes(part)));
}

/** A piece of a longer text of the same file, which is looked at as a whole. */
function isPiece({ file, text }: ErrorText): boolean {
  const whole = (other: string) => other.replaceAll("${", "{");
  return all.some((other) => other.file === file && other.text !== text && whole(other.text).includes(text));
}

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

  it("say what to do, beside what happened and why", () => {
    const told = all.filter(({ by }) => REACHES_PEOPLE.test(by));
    expect(told.length).toBeGreaterThan(250);
    const lacking = told.filter(
      (each) => !WAY_OUT.test(words(each.text)) && !isPiece(each) && !isExcused(each),
    );
    expect(lacking.map(({ file, text }) => `${file}: ${text}`)).toEqual([]);
  });

  it("are excused from that only where they need it", () => {
    const lacking = all.filter(({ text }) => !WAY_OUT.test(words(text)));
    const parts = Object.values(WITHOUT_WAY_OUT).flat();
    const idle = parts.filter((part) => !lacking.some(({ text }) => text.includes(part)));
    expect(idle).toEqual([]);
  });

  it("do not shout, and ask nobody to contact anybody", () => {
    expect(all.filter(({ text }) => /!$|\bplease\b|\boops\b|\bcontact\b/i.test(words(text)))).toEqual([]);
  });
});
