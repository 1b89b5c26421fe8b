// Which of delayed_job's behaviours no test names, and why. `npm run parity`; test/parity/numbers.test.ts holds it to be complete.

import { missingBehaviours, numbersInTests, WITHOUT_TEST } from "../test/parity/numbers.ts";

const numbers = numbersInTests();
process.stdout.write(
  `${numbers.size} of delayed_job's behaviours, and of those it gets wrong, are named by tests.\n\n`,
);
for (const { why, numbers: excused } of WITHOUT_TEST)
  process.stdout.write(`No test, because ${why}:\n  ${excused.join(" ")}\n\n`);
const missing = missingBehaviours();
process.stdout.write(
  missing.length === 0 ? "Nothing else is missing.\n" : `Missing:\n  ${missing.join(" ")}\n`,
);
process.exitCode = missing.length === 0 ? 0 : 1;
