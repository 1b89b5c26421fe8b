export { MemoryTransport } from "../../src/transports/memory-transport.ts";
