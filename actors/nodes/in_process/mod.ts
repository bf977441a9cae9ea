/**
 * Leases and questions of nodes that live in one process: the platform on one machine, where a single
 * node has every partition, and simulations of many nodes.
 *
 * Main path: all nodes share one `InProcessLeases` and one `InProcessRequests`; what one of them
 * writes or asks reaches the others in a later turn.
 *
 * Nothing here outlives the process, and nothing is ever lost: networks are added by simulations.
 */
export { InProcessLeases } from "./leases.ts";
export { InProcessRequests } from "./requests.ts";
