/**
 * A device's black box by HTTP: its connections, what they went through, and its packets on request.
 *
 * Main path: `registerSessions` asks the presence read model, and `shown.ts` puts its records into
 * words; `durable.ts` shows what outlives them; `recorder.ts` starts a recording at the edge that
 * speaks with the device and hands it out.
 *
 * Nothing is decided here about a connection: the edges do that, and report it.
 */
export { registerSessions } from "./routes.ts";
