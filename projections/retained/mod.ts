export type * from "./retained_messages.ts";
