import type { AccessIndex } from "../../projections/mod.ts";
import type { Connect } from "./codec/mod.ts";

/** What was asked for, if the version can say it, and what the session got. */
export interface ExpiryCut {
  readonly askedSeconds?: number;
  readonly grantedSeconds: number;
}

/** How long a session may outlive its connection. */
export interface GrantedExpiry {
  readonly grantedSeconds: number;
  /** Absent where that is what was asked for. */
  readonly cut?: ExpiryCut;
}

export interface ExpiryGround {
  readonly access: Pick<AccessIndex, "domain">;
  readonly limits: { readonly sessionExpirySecondsMax: number };
}

/** The longest expiry that is granted in the domain: its own limit, within the platform's. */
export function expirySecondsMax({ access, limits }: ExpiryGround, domainId: string): number {
  const ofDomain = access.domain(domainId)?.sessionExpirySecondsMax ?? Infinity;
  return Math.min(ofDomain, limits.sessionExpirySecondsMax);
}

/** What a CONNECT is granted [MQTT5-3.1.2-23]. */
export function grantedExpiry(
  { version, cleanStart, properties }: Connect,
  ground: ExpiryGround & { readonly domainId: string },
): GrantedExpiry {
  const secondsMax = expirySecondsMax(ground, ground.domainId);
  if (version === 4) {
    if (cleanStart) return { grantedSeconds: 0 };
    const isCut = secondsMax < ground.limits.sessionExpirySecondsMax;
    const granted = { grantedSeconds: secondsMax };
    return isCut ? { ...granted, cut: granted } : granted;
  }
  const askedSeconds = properties.sessionExpiryInterval ?? 0;
  const grantedSeconds = Math.min(askedSeconds, secondsMax);
  if (grantedSeconds === askedSeconds) return { grantedSeconds };
  return { grantedSeconds, cut: { askedSeconds, grantedSeconds } };
}
