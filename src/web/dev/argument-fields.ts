import { z } from "zod";
import { errorMessage } from "../../errors/error-message.ts";
import type { Json } from "../../jobs/job-record.ts";
import { decode, encode } from "../../jobs/stored-value.ts";
import { T } from "../texts.ts";

/** One input of a form that stands for a value. */
export type Field = {
  /** In the form: the path of the value, such as `2.at`. */
  readonly name: string;
  readonly label: string;
} & (
  | { readonly kind: "text" | "email" | "url" | "number" | "date"; readonly value: string }
  | { readonly kind: "json"; readonly value: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "choice"; readonly value: string; readonly choices: readonly string[] }
  | { readonly kind: "group"; readonly fields: readonly (Field & { readonly key: string })[] }
);

/** So much of JSON Schema as is asked for here. */
interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly title?: string;
  readonly enum?: readonly unknown[];
  readonly prefixItems?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly isDate?: boolean;
}

/** A form for the arguments of an action: by its schema where it has one, and by the values of the sample. */
export function argumentFields(
  args: readonly unknown[],
  schema: z.ZodType | undefined,
  names: readonly (string | undefined)[],
): readonly Field[] {
  const items = jsonSchemaOf(schema)?.prefixItems ?? [];
  const length = Math.max(args.length, items.length);
  return Array.from({ length }, (_, index) =>
    fieldOf(args[index], items[index] ?? {}, {
      name: String(index),
      label: items[index]?.title ?? names[index] ?? T.argumentNumber(index + 1),
    }),
  );
}

/** Reads the values back. @throws InvalidInputError with every field that cannot be read */
export function readArguments(fields: readonly Field[], form: ReadonlyMap<string, string>): unknown[] {
  const problems: string[] = [];
  const args = fields.map((field) => readField(field, form, problems));
  if (problems.length > 0) throw new InvalidInputError(problems.join("; "));
  // What is left out at the end is not given.
  while (args.length > 0 && args.at(-1) === undefined) args.pop();
  return args;
}

/** What somebody typed cannot be read. */
export class InvalidInputError extends Error {}

function jsonSchemaOf(schema: z.ZodType | undefined): Schema | undefined {
  if (schema === undefined) return undefined;
  try {
    return z.toJSONSchema(schema, {
      io: "input",
      unrepresentable: "any",
      override: ({ zodSchema, jsonSchema }) => {
        if (zodSchema._zod.def.type === "date") Object.assign(jsonSchema, { isDate: true });
      },
    }) as Schema;
  } catch {
    // A schema that JSON Schema has no words for: the sample's values say enough.
    return undefined;
  }
}

function fieldOf(value: unknown, schema: Schema, at: Pick<Field, "name" | "label">): Field {
  if (value instanceof Date || (value === undefined && schema.isDate))
    return { ...at, kind: "date", value: value instanceof Date ? value.toISOString().slice(0, 19) : "" };
  const choices = schema.enum?.filter((choice) => typeof choice === "string");
  if (choices && choices.length > 0 && choices.length === schema.enum?.length)
    return { ...at, kind: "choice", choices, value: String(value ?? choices[0]) };
  if (typeof value === "string" || (value === undefined && schema.type === "string"))
    return textField(String(value ?? ""), schema, at);
  if (typeof value === "boolean" || (value === undefined && schema.type === "boolean"))
    return { ...at, kind: "boolean", value: value === true };
  if (Number.isFinite(value) || (value === undefined && /^(?:number|integer)$/.test(schema.type ?? "")))
    return { ...at, kind: "number", value: String(value ?? "") };
  if (isPlain(value)) return groupField(value, schema, at);
  return { ...at, kind: "json", value: value === undefined ? "" : asJson(value) };
}

function textField(value: string, { format }: Schema, at: Pick<Field, "name" | "label">): Field {
  if (/[\n\r]/.test(value)) return { ...at, kind: "json", value: asJson(value) };
  if (format === "email") return { ...at, kind: "email", value };
  return { ...at, kind: format === "uri" ? "url" : "text", value };
}

function groupField(
  value: Readonly<Record<string, unknown>>,
  { properties = {} }: Schema,
  at: Pick<Field, "name" | "label">,
): Field {
  const keys = [...new Set([...Object.keys(properties), ...Object.keys(value)])];
  const fields = keys.map((key) => ({
    ...fieldOf(value[key], properties[key] ?? {}, { name: `${at.name}.${key}`, label: key }),
    key,
  }));
  return { ...at, kind: "group", fields };
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function asJson(value: unknown): string {
  return JSON.stringify(encode(value, "value"), null, 2);
}

function readField(field: Field, form: ReadonlyMap<string, string>, problems: string[]): unknown {
  if (field.kind === "group")
    return Object.fromEntries(field.fields.map((inner) => [inner.key, readField(inner, form, problems)]));
  const text = form.get(field.name);
  if (field.kind === "boolean") return text !== undefined;
  if (text === undefined || (text === "" && field.kind !== "text")) return undefined;
  if (field.kind === "number") return readNumber(text, field, problems);
  if (field.kind === "date") return readDate(text, field, problems);
  if (field.kind === "json") return readJson(text, field, problems);
  return text;
}

function readNumber(text: string, { label }: Field, problems: string[]): number | undefined {
  const value = Number(text);
  if (Number.isFinite(value)) return value;
  problems.push(T.mustBeNumber(label));
  return undefined;
}

/** Dates are written in UTC. */
function readDate(text: string, { label }: Field, problems: string[]): Date | undefined {
  const date = new Date(`${text}Z`);
  if (!Number.isNaN(date.getTime())) return date;
  problems.push(T.mustBeTime(label));
  return undefined;
}

function readJson(text: string, { label }: Field, problems: string[]): unknown {
  try {
    return decode(JSON.parse(text) as Json);
  } catch (error) {
    problems.push(T.isNotJson(label, errorMessage(error)));
    return undefined;
  }
}
