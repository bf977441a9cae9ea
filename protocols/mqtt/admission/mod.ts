/**
 * Who may connect: by address, thing and rate, and how a client proves that it is its thing.
 *
 * Main path: `admission.ts` counts arrivals; `authentication.ts` asks for a proof where a CONNECT
 * names a method, and `scram_verifiers.ts` keeps what proofs are checked against; whoever is refused
 * is counted in `refused_connects.ts`. `durable_places.ts` bounds what outlives its connection.
 *
 * Nothing here opens a session, and no key leaves in clear.
 */
export { Admission, type Arrival } from "./admission.ts";
export {
  Authentication,
  type AuthenticationAnswer,
  type ProvenThing,
  SCRAM_SHA_256,
} from "./authentication.ts";
export { DurablePlaces } from "./durable_places.ts";
export { RefusedConnects } from "./refused_connects.ts";
export { ScramVerifiers } from "./scram_verifiers.ts";
export { sealedThingKeys, type ThingKey, type ThingKeys } from "./thing_keys.ts";
export { type TokenBucket, TokenBuckets } from "./token_buckets.ts";
