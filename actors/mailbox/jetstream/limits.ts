/* Every bound of the JetStream adapter, with its unit and its reason. */

/**
 * Most bytes of one encoded frame: a section of 1,000,000 bytes and its head fit. What a tick holds
 * beyond that goes as further messages.
 */
export const PART_BYTES_MAX = 1_010_000;
/**
 * Bytes that stand beside an encoded frame in one message: headers, what became of its sections, the
 * reason why it was set aside. Both together are less than the megabyte that servers take by default.
 */
export const HEAD_BYTES_MAX = 16_384;
/** Bytes of a section's outcome when it was stored; counted for each, so that it can be told. */
export const OUTCOME_BYTES = 9;
/** Characters of a rejection's text that are told and kept: it names one cause. */
export const REASON_LENGTH_MAX = 500;
/** Most parts that one frame is split into: a tick of 64 MiB, more than any edge collects. */
export const PARTS_MAX = 64;

/**
 * Streams that share the partitions; fixed for the life of an installation. A server that flushes
 * before it acknowledges does so for one message of a stream after another: four take more than twice
 * as many as one, and their leaders lie on different servers.
 */
export const MAILBOX_STREAMS = 4;
/** Most bytes that wait in the mailbox of an installation, unless the connection string says more. */
export const MAILBOX_BYTES_DEFAULT = 1_073_741_824;
/** Most bytes of frames that were set aside; beyond it the oldest go. */
export const DEAD_BYTES_MAX = 268_435_456;
/** How long a frame that was set aside is kept: a month is time enough to look. */
export const DEAD_AGE_MS = 30 * 86_400_000;
/** How long the server knows the id of a message: longer than anybody repeats a post. */
export const DUPLICATES_MS = 120_000;

/** A start waits so long for a server that starts too. */
export const START_MS_MAX = 10_000;
/** One attempt to connect. */
export const CONNECT_MS_MAX = 3_000;
/** A line that is cut without a word is noticed after two of these. */
export const PING_MS = 3_000;
/** An answer of the server that is not there by then is asked for again. */
export const ANSWER_MS = 3_000;
/** A post is repeated for so long; the clients that wait for it have more patience than that. */
export const POST_MS_MAX = 10_000;

/** A frame that its consumer says nothing about for so long goes to the next one. */
export const ACK_WAIT_MS = 5_000;
/** How often a consumer says that it is still at work: twice within the wait, and one may get lost. */
export const WORKING_MS = 2_000;
/** How long one pull stands at the server. */
export const PULL_MS = 30_000;
/** How often the server says that a pull still stands; two that are missing, and it is made again. */
export const PULL_HEARTBEAT_MS = 1_500;
/** How long a consumer that ends waits for what the server may have sent it meanwhile. */
export const DRAIN_MS_MAX = 1_000;

/** How often idle partitions are told; also how fast a lost last frame is noticed. */
export const IDLE_MS = 1_000;
/** Ids of told frames that a follower remembers in each partition, to pass over what was posted twice. */
export const TOLD_IDS_MAX = 256;

/** Most entries of one page of dead letters. */
export const DEAD_LETTERS_PAGE_MAX = 100;
/** Channels that a dead letter names; a tick may hold thousands. */
export const DEAD_CHANNELS_MAX = 20;

/** Questions that one node answers at once; beyond it who asks is told to try again. */
export const ANSWERS_AT_ONCE_MAX = 1_000;
