/**
 * A thing: a device or application with a key, and the channels it is connected to.
 *
 * Main path: a command reaches `thingDecider`, which answers events of the stream `thing-<id>`;
 * `evolveThing` folds them into the state that the next decision reads.
 *
 * Pure: no clock, no chance, no I/O. Name, metadata and tags are not in the state, because no rule
 * reads them; the directory projection shows them. Keys are sealed before they come here.
 */
export type { ThingCommand } from "./commands.ts";
export {
  CONNECTION_TYPES,
  type ConnectionType,
  type SealedKey,
  type ThingEvent,
} from "./events.ts";
export { CERTIFICATES_PER_THING_MAX, CONNECTIONS_PER_THING_MAX, type ThingState } from "./state.ts";
export { thingKind } from "./kind.ts";
export { thingUpcasters } from "./upcasters.ts";
