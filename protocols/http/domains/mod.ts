/**
 * Domains by HTTP: what the caller's own is, and what admins set for all of its things.
 *
 * Main path: `registerDomains` turns a setting into a command to the domain's actor; the edges hold
 * what it decided in their access index.
 *
 * No domain is created or listed here, and nobody sees another than the own.
 */
export { registerDomains } from "./routes.ts";
