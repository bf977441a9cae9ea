import { PARTITIONS } from "../mailbox/mod.ts";

/** A lease that was not written for so long, as the node that looks at it counts, has run out. */
export const LEASE_MS = 5_000;
/**
 * So much earlier its owner stops by itself: time for what is in hand to end, and more than clocks
 * that run apart by a hundredth differ in.
 */
export const LEASE_MARGIN_MS = 1_000;
/** Between two writes of one lease, and between two reads of all of them. */
export const RENEW_MS = 1_500;
/** How soon a write is tried again of which nobody knows what became. */
export const RENEW_AGAIN_MS = 300;
/** Patience with one answer of the leases: a renewal that is lost leaves time for two more. */
export const LEASES_ANSWER_MS = 1_000;
/** Nothing is taken by a node that has not read the leases for so long. */
export const FRESH_MS = 3_000;
/** How often an owner looks whether something ran out: what it may be late by. */
export const LOOK_MS = 250;
/** A free partition is left to the node that it falls to for so long, then to the next one. */
export const TAKE_GRACE_MS = 1_000;
/** A node must have been there for so long before another one gives something back for it. */
export const SETTLE_MS = 2_000;
/** What is in hand may take so long to end when a partition is given back; then its lease runs out. */
export const DRAIN_MS_MAX = 5_000;
/** Partitions that are handed over at once at a stop: the others work on meanwhile. */
export const HANDOVERS_AT_ONCE = 4;
/** A stop takes no longer; what was not given back by then runs out. */
export const OWNER_STOP_MS_MAX = 7_000;
/** Seats behind the partitions, by which nodes are known: a node beyond them has nothing to get. */
export const SEATS = PARTITIONS;

/** A command waits so long for the node that has its actor: longer than a takeover after a crash. */
export const COMMAND_MS_MAX = 10_000;
/** Patience with one question: a node that fell away must not use up the whole time. */
export const COMMAND_ANSWER_MS = 3_000;
/** First wait before a command is sent again; doubled each time. */
export const COMMAND_AGAIN_FIRST_MS = 25;
export const COMMAND_AGAIN_MS_MAX = 500;
/** Commands of other nodes in hand for one partition: beyond it they are told to come back. */
export const COMMANDS_IN_HAND_MAX = 1_024;

/** Questions under way in one process that nobody has answered yet. */
export const QUESTIONS_UNDER_WAY_MAX = 4_096;
