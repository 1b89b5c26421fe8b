import { existsSync } from "node:fs";
import "../mailers/user-mailer.js";
import "../mailers/news-mailer.js";
import { runWorker } from "delayed-mailer";
import mongoose from "mongoose";

if (existsSync(".env")) process.loadEnvFile();
// Actions that read your models need your own connection, because a worker does not run the rest of your application.
if (process.env.MONGODB_URI) await mongoose.connect(process.env.MONGODB_URI);
// A worker performs the calls of the mailers that are imported above. Flags: npm run worker -- --help
await runWorker();
await mongoose.disconnect();
