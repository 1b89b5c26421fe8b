// Downloads a file from a server that drops the line half-way, goes on where it stopped, and checks what it has.
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { open, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { close, job, openApp, PermanentFailure } from "../src/index.ts";

const LIMIT = 16 * 1024 * 1024;

const Download = job("Download", {
  args: z.tuple([z.url(), z.string(), z.string()]),
  checkpoint: z.object({ bytes: z.int() }),
  backoff: () => 0,
  async perform(url, file, sha256, { checkpoint, signal, progress }) {
    const begin = checkpoint.value?.bytes ?? 0;
    const response = await fetch(url, { signal, headers: { range: `bytes=${begin}-` } });
    if (response.status !== 206 || !response.body) throw new Error(`${url} answers ${response.status}`);
    const total = Number(response.headers.get("content-range")?.split("/")[1]);
    if (!(total <= LIMIT)) throw new PermanentFailure(`${url} has ${total} bytes, more than ${LIMIT}`);
    const out = await open(file, begin === 0 ? "w" : "r+");
    let bytes = begin;
    try {
      for await (const part of response.body) {
        // What the server announced is one thing, what it sends another.
        if (bytes + part.length > LIMIT) throw new PermanentFailure(`${url} sends more than ${LIMIT} bytes`);
        await out.write(part, 0, part.length, bytes);
        bytes += part.length;
        progress(Math.min(1, bytes / total), `${bytes} bytes`);
      }
    } finally {
      await out.sync();
      await out.close();
      await checkpoint.save({ bytes });
    }
    const found = createHash("sha256")
      .update(await readFile(file))
      .digest("hex");
    if (found !== sha256) throw new PermanentFailure(`${file} is not what was asked for: ${found}`);
  },
});

const content = randomBytes(4 * 1024 * 1024);
const ranges: string[] = [];
const server = createServer((request, response) => {
  const begin = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1]);
  ranges.push(String(begin));
  const rest = content.subarray(begin);
  response.writeHead(206, {
    "content-length": rest.length,
    "content-range": `bytes ${begin}-${content.length - 1}/${content.length}`,
  });
  if (ranges.length > 1) response.end(rest);
  else
    response.write(rest.subarray(0, rest.length / 2), () => setTimeout(() => request.socket.destroy(), 100));
}).listen(0, "127.0.0.1");
await once(server, "listening");
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/big.bin`;

await Download.delay().perform(url, "big.bin", createHash("sha256").update(content).digest("hex"));
await (await openApp()).worker().workOff();
console.log(
  `${content.length} bytes in ${ranges.length} requests, which began at ${ranges.join(" and ")}; the checksum fits`,
);
const isWhole = content.equals(await readFile("big.bin"));
if (!isWhole || ranges.length !== 2 || ranges[1] === "0") process.exitCode = 1;
await close();
server.close();
