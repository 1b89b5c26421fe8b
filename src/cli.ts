#!/usr/bin/env node
import { endProcess } from "./cli/end-process.ts";
import { main } from "./cli/main.ts";

const terminal = { in: process.stdin, out: process.stdout, err: process.stderr };
const args = process.argv.slice(2);
process.exitCode = await main(args, terminal);
endProcess(terminal, args.includes("worker") ? { afterMs: 5_000, tell: true } : { afterMs: 500 });
