/**
 * What each packet does, one file a packet type.
 *
 * Main path: the session reads the type of a frame and calls its handler, which decodes the frame
 * and goes through its steps; a step that finds a fault refuses in the protocol's own way.
 *
 * Handlers keep no state: it lives in the parts of the `OpenSession` that they are given.
 */
export { concludeAuthentication, handleAuthenticating } from "./authenticating.ts";
export { handleConnect, refuseConnect, tellFault } from "./connect.ts";
export { handlePacket } from "./packet.ts";
export { handlePublish, publishWill } from "./publish.ts";
