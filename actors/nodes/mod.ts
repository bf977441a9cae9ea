/**
 * What nodes of one installation agree on among themselves: who has which partition, and how one
 * asks another.
 *
 * Main path: `PartitionOwner` reads and watches the leases, and takes partitions that nobody has;
 * `CommandDesk` carries out the commands for the actors of those; `RoutedCommands` finds, from any
 * node, the one that does.
 *
 * `leases.ts` and `requests.ts` are the ports; their adapters lie beside the mailbox whose servers
 * they share. No vendor's type passes this door.
 */
export { CommandDesk, type CommandDeskGround } from "./command_desk.ts";
export * from "./in_process/mod.ts";
export { jsonMessage, readJsonMessage } from "./json_message.ts";
export * from "./leases.ts";
export { type OwnerGround, PartitionOwner, type PartitionWork } from "./partition_owner.ts";
export { type NodeCard, PresentNodes } from "./present_nodes.ts";
export * from "./requests.ts";
export { RoutedCommands, type RoutedCommandsGround } from "./routed_commands.ts";
