/** How long a TLS handshake may take; the CONNECT or the request that follows has a limit of its own. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Handshakes of one port that are under way at once: each costs some 2 ms of this thread. */
export const HANDSHAKES_MAX = 2_000;
/** How often the files of certificates are looked at: a new one holds soon, a read costs 0.2 ms. */
export const CERTIFICATES_CHECK_MS = 2_000;
/** Bytes of a PROXY header: the addresses take 52, what a proxy may add to them is not looked at. */
export const PROXY_HEADER_BYTES_MAX = 4 * 1024;
/** How long a proxy may take to send its header, which is the first that it sends. */
export const PROXY_HEADER_TIMEOUT_MS = 5_000;
