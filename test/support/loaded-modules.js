// Preloaded into a process: prints, as its last line, every file that was loaded into it.
import { createRequire, register } from "node:module";

const hooks = `
  const files = [];
  let port;
  export function initialize(data) { port = data.port; }
  export async function load(url, context, next) {
    if (url.startsWith("file:")) port.postMessage(url);
    return next(url, context);
  }
`;

const { port1, port2 } = new MessageChannel();
const files = new Set();
port1.on("message", (url) => files.add(url));
port1.unref();
register(`data:text/javascript,${encodeURIComponent(hooks)}`, {
  data: { port: port2 },
  transferList: [port2],
});

let isPrinted = false;
process.on("beforeExit", () => {
  if (isPrinted) return;
  isPrinted = true;
  // The hooks run in a thread of their own, whose messages arrive a turn later.
  setTimeout(() => {
    const required = Object.keys(createRequire(import.meta.url).cache).map((path) => `file://${path}`);
    console.log(
      JSON.stringify(
        [...new Set([...files, ...required])].filter((url) => !url.endsWith("loaded-modules.js")),
      ),
    );
  }, 300);
});
