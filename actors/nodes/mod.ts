/**
 * What nodes of one installation agree on among themselves: who has which partition, and how one
 * asks another.
 *
 * Main path: a node reads and watches the leases, takes partitions that nobody has, and answers
 * questions for the actors of those; whoever has a command for them asks by request and reply.
 *
 * `leases.ts` and `requests.ts` are the ports; their adapters lie beside the mailbox whose servers
 * they share. No vendor's type passes this door.
 */
export * from "./in_process/mod.ts";
export * from "./leases.ts";
export { type OwnerGround, PartitionOwner, type PartitionWork } from "./partition_owner.ts";
export * from "./requests.ts";
