import Handlebars from "handlebars";

/** Escapes as templates do, so that a value looks the same however it came into a mail. */
export function escapeHtml(text: string): string {
  return Handlebars.escapeExpression(text);
}
