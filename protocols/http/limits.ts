/** Bytes of a request's body. */
export const BODY_BYTES_MAX = 1024 * 1024;
/** Connections of the HTTPS port: each holds three sockets and some 60 KB. */
export const HTTPS_CONNECTIONS_MAX = 20_000;
/** WebSockets in all: one whose peer neither reads nor closes can only be waited for. */
export const WEBSOCKETS_MAX = 20_000;
/** After so long without a frame a WebSocket's peer is asked for a sign of life: a device may sleep. */
export const WEBSOCKET_IDLE_SECONDS = 300;
/** Methods and routes whose requests are counted apart: four times as many as there are. */
export const REQUEST_SERIES_MAX = 512;
/** Entities of one bulk request. */
export const BULK_MAX = 10_000;
/** Characters of a thing's key. */
export const THING_KEY_LENGTH_MAX = 256;
/** Commands of one request that are under way at once. */
export const BULK_WAVE = 500;
/** Pairs of things and channels of one connect request. */
export const CONNECTIONS_PER_REQUEST_MAX = 10_000;
/** Entries of one page. */
export const PAGE_LIMIT_MAX = 100;
export const PAGE_LIMIT = 10;
/** Records of one page of messages: readings are small. */
export const MESSAGES_LIMIT_MAX = 1_000;
/** Entries that may be skipped: beyond it a narrower question is wanted. */
export const OFFSET_MAX = 10_000;
/** How long a write waits until the read models have it. */
export const OWN_WRITE_WAIT_MS = 2_000;
/** How long a read waits for the position that it names. */
export const WAIT_FOR_MS_MAX = 5_000;
/** How long a publisher waits while the store is behind. */
export const CONGESTION_WAIT_MS = 5_000;
export const PASSWORD_LENGTH_MIN = 8;
export const PASSWORD_LENGTH_MAX = 1_024;
export const ACCESS_TOKEN_SECONDS = 10 * 3_600;
export const REFRESH_TOKEN_SECONDS = 24 * 3_600;
/** Passwords that are hashed or checked at once: 32 x 19 MiB. */
export const HASHINGS_MAX = 32;
/** Failed logins of one address and name within the window. */
export const LOGINS_FAILED_MAX = 10;
export const LOGIN_WINDOW_MS = 60_000;
/** Names and addresses of which failures are remembered. */
export const LOGINS_REMEMBERED_MAX = 10_000;
/** Levels and bytes of a subtopic. */
export const SUBTOPIC_LEVELS_MAX = 64;
export const SUBTOPIC_LENGTH_MAX = 1_024;
/** Characters of a message's content type: it is kept beside the payload. */
export const CONTENT_TYPE_LENGTH_MAX = 1_024;
export const IDEMPOTENCY_KEY_LENGTH_MAX = 255;
/** Mainflux's number for a key that a user issues; 0 and 1 are made by signing in and resetting. */
export const API_KEY_TYPE = 2;
/** Ten years: longer means until it is revoked, which needs no number. */
export const API_KEY_SECONDS_MAX = 10 * 366 * 24 * 3_600;
/** Characters of an e-mail address (RFC 5321, section 4.5.3.1: 64 + 1 + 255, less the path's brackets). */
export const EMAIL_LENGTH_MAX = 254;
