import { configuration } from "../../app/current-app.ts";
import { openStores } from "../../app/open-stores.ts";
import type { Stores } from "../../stores/stores.ts";
import { type Command, EXIT, parseFlags, type Terminal } from "../command.ts";

export const indexesCommand: Command = {
  name: "indexes",
  summary: "create the store's indexes, or show what is missing",
  help: `indexes [--check]

Creates the indexes (on SQLite: the tables) that workers need. In production a
worker refuses to start without them, because creating them there is a step of
a deployment.

  --check   create nothing; print what is missing or different; exit code 1
            when there is something

Example: delayed-mailer indexes --check`,
  mailers: "some",
  async run(args, terminal) {
    const { values } = parseFlags(args, { check: { type: "boolean" } });
    // The stores alone: the application would create what is missing, or refuse to open.
    const stores = await openStores(configuration());
    try {
      return await run(stores, { terminal, checking: values.check === true });
    } finally {
      await stores.close();
    }
  },
};

async function run(
  stores: Stores,
  { terminal, checking }: { readonly terminal: Terminal; readonly checking: boolean },
): Promise<number> {
  const differences = await stores.indexDifferences();
  for (const difference of differences) terminal.out.write(`${difference}\n`);
  if (differences.length === 0) terminal.out.write("All indexes are there.\n");
  if (checking) return differences.length === 0 ? EXIT.ok : EXIT.failed;
  if (differences.length > 0) {
    await stores.ensureIndexes();
    terminal.out.write("Created.\n");
  }
  return EXIT.ok;
}
