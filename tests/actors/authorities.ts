import { type Authority, SYSTEM_AUTHORITY } from "../../actors/entity/mod.ts";

/** The people of the deciders' tests. */
export const OWNER: Authority = { userId: "owner", role: "user" };
export const FRIEND: Authority = { userId: "friend", role: "user" };
export const STRANGER: Authority = { userId: "stranger", role: "user" };
export const ADMIN: Authority = { userId: "admin", role: "admin" };
export const SYSTEM: Authority = SYSTEM_AUTHORITY;
