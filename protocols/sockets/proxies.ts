import { BlockList, isIP } from "node:net";
import { UsageError } from "../../actors/mod.ts";

/** The proxies that may say who a connection is from. */
export interface Proxies {
  readonly isEmpty: boolean;
  /** Whether a connection from this address begins with a PROXY header. */
  has(hostname: string): boolean;
}

export const NO_PROXIES: Proxies = { isEmpty: true, has: () => false };

/** Addresses, and networks like `10.0.0.0/8`. Throws UsageError, naming the one that is neither. */
export function proxiesAt(addresses: readonly string[]): Proxies {
  const list = new BlockList();
  for (const each of addresses) add(list, each);
  return {
    isEmpty: addresses.length === 0,
    has(hostname) {
      const family = isIP(hostname);
      return family !== 0 && list.check(hostname, family === 4 ? "ipv4" : "ipv6");
    },
  };
}

function add(list: BlockList, network: string): void {
  const [address = "", prefix, ...more] = network.split("/");
  const family = isIP(address);
  const bits = prefix === undefined ? undefined : Number(prefix);
  const bitsMax = family === 4 ? 32 : 128;
  const bitsRight = bits === undefined || (/^\d{1,3}$/.test(prefix!) && bits <= bitsMax);
  if (family === 0 || more.length > 0 || !bitsRight) {
    throw new UsageError(
      `Cannot start with --proxy-from '${network}': it must be an address like '10.0.0.7' or a network like '10.0.0.0/8'`,
    );
  }
  const type = family === 4 ? "ipv4" : "ipv6";
  if (bits === undefined) list.addAddress(address, type);
  else list.addSubnet(address, bits, type);
}
