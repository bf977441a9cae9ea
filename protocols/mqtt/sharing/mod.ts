/**
 * Shared subscriptions whose members are at several nodes.
 *
 * Main path: the node that has the partition of a channel hosts its groups. `shared_host.ts` answers
 * for its partitions, and each group hands messages to a `remote_member.ts` for each of its members,
 * which an `edge_line.ts` brings to their node. There `remote_groups.ts` gives them to the clients,
 * and a `host_line.ts` reports what became of them. What is sent stands in `wire.ts`.
 *
 * Nothing here decides who gets a message: that is `SharedGroup`'s, wherever it is.
 */
export { RemoteGroups } from "./remote_groups.ts";
export { SharedHost, type SharedHostGround } from "./shared_host.ts";
