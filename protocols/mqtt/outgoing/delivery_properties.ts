const SUBSCRIPTION_IDENTIFIER = 0x0b;

/** The part of a PUBLISH's property block that says which subscriptions matched. */
export function subscriptionIdentifiers(identifiers: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  for (const identifier of identifiers) {
    bytes.push(SUBSCRIPTION_IDENTIFIER);
    let rest = identifier;
    for (; rest >= 0x80; rest >>= 7) bytes.push(rest & 0x7f | 0x80);
    bytes.push(rest);
  }
  return new Uint8Array(bytes);
}
