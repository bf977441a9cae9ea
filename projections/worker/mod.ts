/**
 * The thread in which all projections run and all read models answer.
 *
 * Main path: `startProjections` starts `worker.ts`, which opens the read models and follows the log;
 * questions cross as messages and are answered between two pages.
 *
 * Only plain values cross. Changes of access are posted before any answer that waited for them, so
 * whoever reads its own write finds it in the index of the edges too.
 */
export {
  passedByAll,
  type Projections,
  type ProjectionsOptions,
  type ReadModels,
  type Remote,
  startProjections,
} from "./client.ts";
export type { TracedMessage } from "./message_traces.ts";
export { type Models, openModels, type ProjectionName } from "./models.ts";
export { eventLogPath } from "./protocol.ts";
