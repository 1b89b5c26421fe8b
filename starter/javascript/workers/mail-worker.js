import "../mailers/user-mailer.js";
import "../mailers/news-mailer.js";
import { runWorker } from "delayed-mailer";

// A worker performs the calls of the mailers that are imported above. Flags: npm run worker -- --help
await runWorker();
