export type * from "./ingress.ts";
