import { ENVIRONMENT } from "../../src/config/environment.ts";

// What a developer has set for applications of his own is nothing the tests, or the processes they start, may go by.
for (const name of Object.values(ENVIRONMENT)) delete process.env[name];
