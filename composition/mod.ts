/**
 * The composition root's rooms: what a process is made of, in whichever roles it has.
 *
 * Main path: `startPlatform` opens the log and the keys (`core.ts`), the line of messages and what
 * nodes share (`line.ts`), the actors of the partitions that this node has (`actors.ts`), the read
 * models (`views.ts`), and what devices and people talk to (`front.ts`).
 *
 * Only here is it decided which adapter stands behind a port, and nothing else is: no rule of the
 * platform lives here. A process of one role builds the same parts as one of all; the role says which
 * of them are opened to others.
 */
export { type Ground, type Platform, startPlatform } from "./platform.ts";
