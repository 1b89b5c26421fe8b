import { configure, openApp } from "../app.ts";
import { type Command, EXIT, parseFlags } from "./command.ts";

export const indexesCommand: Command = {
  name: "indexes",
  summary: "create the store's indexes, or show what is missing",
  help: `indexes [--check]

Creates the indexes (on SQLite: the tables) that workers need. In production a worker refuses to start without them, because
creating them there is a step of a deployment.
  --check   create nothing; print what is missing or different; exit code 1 when there is something`,
  async run(args, terminal) {
    const { values } = parseFlags(args, { check: { type: "boolean" } });
    configure({ createIndexes: false });
    const app = await openApp();
    const differences = await app.stores.indexDifferences();
    for (const difference of differences) terminal.out.write(`${difference}\n`);
    if (differences.length === 0) terminal.out.write("All indexes are there.\n");
    if (values.check) return differences.length === 0 ? EXIT.ok : EXIT.failed;
    if (differences.length > 0) {
      await app.stores.ensureIndexes();
      terminal.out.write("Created.\n");
    }
    return EXIT.ok;
  },
};
