/** Bytes of one write, about: influxd parses a request as a whole, and more gains nothing. */
export const WRITE_BYTES_MAX = 512 * 1024;
/** Writes under way: influxd reads one while the next is put together. */
export const WRITES_MAX = 3;
/** Milliseconds until a write counts as lost, and is made again; influxd itself gives up after 10 s. */
export const WRITE_MS_MAX = 15_000;
/** Milliseconds of a question; a reader who waits longer is told to come back. */
export const QUESTION_MS_MAX = 30_000;
/** Questions that may be under way; beyond it a reader is told to come back. */
export const QUESTIONS_MAX = 256;
/** Milliseconds of everything else: health, organisation, bucket. */
export const CALL_MS_MAX = 5_000;
/** Milliseconds between two looks at an influxd to which nothing is written. */
export const LOOK_MS = 5_000;
/** Milliseconds of one slice of the log: a write is a round trip, and wants many points. */
export const SLICE_MS = 2_000;
/** UTF-8 bytes of one tag: a series key may have 65,535 in all, and is held in influxd's memory. */
export const TAG_BYTES_MAX = 1_024;
/** Series whose state is kept in memory between two writes. */
export const SERIES_CACHE_MAX = 100_000;
/** Records of one microsecond that a question puts into order; more means a device whose clock stands. */
export const TIED_ROWS_MAX = 100_000;
/** Series of one channel whose newest values can be told. */
export const LAST_SERIES_MAX = 100_000;
/** UTF-16 units of one part of a document: a string field may have 1 MiB of UTF-8. */
export const PART_LENGTH_MAX = 300_000;
/** Parts of a document; a number like 1e20 is written out, so a document may grow fivefold. */
export const PARTS_MAX = 16;
