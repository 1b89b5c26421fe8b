import { type Html, html, number, visible } from "../../page/html.ts";
import { COUNTED } from "../board.ts";
import type { Redact } from "../redaction.ts";

/** What every view needs to know of its surroundings. */
export interface Surroundings {
  readonly base: string;
  /** Whether the viewer may act. */
  readonly mayAct: boolean;
  readonly redact: Redact | undefined;
}

/** A count that may have been given up on the way. */
export function upTo(count: number): string {
  return count >= COUNTED ? `${number(COUNTED)}+` : number(count);
}

/** What an act came to. */
export function flash({ text, isBad }: { readonly text: string; readonly isBad: boolean }): Html {
  return html`<p class="flash said ${isBad ? "bad" : ""}" role="${isBad ? "alert" : "status"}">${visible(text)}</p>`;
}
