export interface LiveDomain {
  readonly status: "enabled" | "disabled";
  readonly domainId: string;
}

export type DomainState = { readonly status: "absent" } | LiveDomain;
