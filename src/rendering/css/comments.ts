/** Where the comments of a text stand, from and to, in order. */
export type Comments = readonly (readonly [from: number, to: number])[];

/** A part of a text without its comments. */
export function withoutComments(text: string, from: number, to: number, comments: Comments): string {
  let rest = "";
  let at = from;
  for (let index = firstAfter(from, comments); index < comments.length; index++) {
    const [start, end] = comments[index] ?? [to, to];
    if (start >= to) break;
    rest += text.slice(at, start);
    at = Math.max(at, end);
  }
  return rest + text.slice(Math.min(at, to), to);
}

function firstAfter(from: number, comments: Comments): number {
  let [low, high] = [0, comments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((comments[middle]?.[0] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
