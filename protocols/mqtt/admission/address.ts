/**
 * What counts as one address, of `host:port`. Of IPv6 that is the network of 64 bits, because one
 * host may take any address in it [RFC4291 2.5.4]. IPv4 within IPv6 stays as it is.
 */
export function addressOf(remoteAddress: string): string {
  if (!remoteAddress.startsWith("[")) return remoteAddress.split(":", 1)[0]!;
  const host = remoteAddress.slice(1, remoteAddress.indexOf("]"));
  const [front, back] = host.split("::").map((half) => half === "" ? [] : half.split(":"));
  const zeros = back === undefined ? 0 : 8 - front!.length - back.length;
  const groups = [...front!, ...new Array(Math.max(zeros, 0)).fill("0"), ...back ?? []];
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return network.every((group) => group === "0") ? host : `${network.join(":")}::/64`;
}
