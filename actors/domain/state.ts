export interface LiveDomain {
  readonly status: "enabled" | "disabled";
  readonly domainId: string;
  /** Null: it has no limit of its own. */
  readonly sessionExpirySecondsMax: number | null;
}

export type DomainState = { readonly status: "absent" } | LiveDomain;
