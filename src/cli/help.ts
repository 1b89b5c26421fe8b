import type { Command } from "./command.ts";

/** Whether a word of a command line asks for help. */
export function isHelp(word: string): boolean {
  return word === "--help" || word === "-h";
}

/** What is shown to whoever asks: the topic that the words name, such as `worker --help queues`, or the command as a whole. */
export function helpText(
  { help, topics = {} }: Pick<Command, "help" | "topics">,
  words: readonly string[],
): string {
  const topic = words.find((word) => Object.hasOwn(topics, word));
  return `Usage: delayed-mailer ${topic === undefined ? help : topics[topic]}\n`;
}
