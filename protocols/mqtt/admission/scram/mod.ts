/**
 * SCRAM-SHA-256 (RFC 5802, RFC 7677), the server's side: who knows a key proves it without sending
 * it, and hears a proof that the server knows it too.
 *
 * Main path: `messages.ts` reads what the client says; `exchange.ts` answers its first message and
 * checks the proof in its last one against a verifier, which `verifier.ts` derives from the key.
 *
 * Nothing here knows MQTT or things. A verifier proves nothing to the server that made it, but
 * whoever has one can play that server: it belongs into no event, log line or error.
 */
export { beginScram, finishScram, type ScramExchange } from "./exchange.ts";
export {
  type ClientFinal,
  type ClientFirst,
  readClientFinal,
  readClientFirst,
  type ScramRefusal,
} from "./messages.ts";
export { deriveVerifier, type ScramVerifier } from "./verifier.ts";
