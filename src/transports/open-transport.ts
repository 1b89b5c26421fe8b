import { InboxTransport } from "./inbox-transport.ts";
import { MemoryTransport } from "./memory-transport.ts";
import type { Learnt } from "./smtp/learnt-limit.ts";
import { SmtpTransport } from "./smtp/smtp-transport.ts";
import { StreamTransport } from "./stream-transport.ts";
import type { Transport } from "./transport.ts";
import type { TransportPlace } from "./transport-url.ts";

export interface OpenTransportOptions {
  /** Told of limits that the other end turned out to have. */
  readonly onLearnt: (learnt: Learnt) => void;
}

/** Opens one way out. */
export function openTransport(place: TransportPlace, options: OpenTransportOptions): Transport {
  switch (place.kind) {
    case "given":
      return place.transport;
    case "inbox":
      return new InboxTransport({ folder: place.folder });
    case "memory":
      return new MemoryTransport();
    case "stream":
      return new StreamTransport({ output: process[place.name], name: place.name });
    case "smtp":
      return new SmtpTransport(place.settings, options);
  }
}
