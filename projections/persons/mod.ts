/**
 * Persons who were erased, by this node or by another one of the installation.
 *
 * Main path: an erasure in the log takes the person's key out of this node's vault, and what the
 * directory shows of the person in clear.
 *
 * The keys themselves are no view and are not followed here: who needs one fetches it from its stream.
 */
export { ErasedPersons, personsProjection } from "./persons_projection.ts";
