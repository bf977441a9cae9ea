/** Records of one SenML pack or one JSON array: a message is a reading, not a file. */
export const RECORDS_MAX = 10_000;
/** Nested objects and arrays of a payload. */
export const NESTING_MAX = 32;
/** SenML times below it are relative to now [RFC8428 4.5.3]. */
export const RELATIVE_TIME_BELOW_SECONDS = 2 ** 28;
/** The version of SenML that is understood [RFC8428 4.4]. */
export const SENML_VERSION = 10;
