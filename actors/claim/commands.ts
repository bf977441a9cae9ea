/** Sent by the platform on the way to another command, never by a person: there is no authority in it. */
export type ClaimCommand =
  | {
    readonly type: "Claim";
    readonly domainId: string;
    readonly holderId: string;
    /**
     * A holder that the caller found not to hold the value any more, because whoever claimed it for
     * that holder stopped between the claim and the command that would have used it.
     */
    readonly orphanOf?: string;
  }
  | { readonly type: "ReleaseClaim"; readonly holderId: string };
