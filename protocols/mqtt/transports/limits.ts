/** Bytes of one WebSocket frame that the server sends. */
export const WEBSOCKET_FRAME_BYTES_MAX = 64 * 1024;
/** Bytes that one WebSocket may not have sent yet, past which its writer waits. */
export const WEBSOCKET_UNSENT_BYTES_MAX = 256 * 1024;
/**
 * Bytes of one WebSocket that arrived and are not read yet, because the store is behind; past it the
 * connection ends. It leaves room for a full window of QoS 1 or 2, 1,024 messages of 4 KB.
 */
export const WEBSOCKET_UNREAD_BYTES_MAX = 4 * 1024 * 1024;
