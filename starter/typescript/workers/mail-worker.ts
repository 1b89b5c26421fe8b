import "../mailers/user-mailer.ts";
import "../mailers/news-mailer.ts";
import { runWorker } from "delayed-mailer";

// A worker performs the calls of the mailers that are imported above. Flags: npm run worker -- --help
await runWorker();
