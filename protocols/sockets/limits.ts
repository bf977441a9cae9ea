/** How long a TLS handshake may take; the CONNECT or the request that follows has a limit of its own. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Handshakes of one port that are under way at once: each costs some 2 ms of this thread. */
export const HANDSHAKES_MAX = 2_000;
/** How often the files of certificates are looked at: a new one holds soon, a read costs 0.2 ms. */
export const CERTIFICATES_CHECK_MS = 2_000;
