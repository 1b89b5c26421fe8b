import "../mailers/user-mailer.ts";
import "../mailers/order-mailer.ts";
import "../mailers/news-mailer.ts";
import { runWorker } from "../src/index.ts";

// A worker performs the calls of the mailers that are imported above. Flags: npm run worker -- --help
await runWorker(process.argv.slice(2));
