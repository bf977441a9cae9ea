export type ClaimState =
  | { readonly status: "absent" }
  | { readonly status: "held"; readonly domainId: string; readonly holderId: string }
  /** Free for anybody; the domain is that of the last holder. */
  | { readonly status: "released"; readonly domainId: string };
