import { TransientError } from "../../actors/mod.ts";

/** A call that took this long is given up, in milliseconds. */
const CALL_MS_MAX = 15_000;

/** Who calls, and what it wrote last: every read waits until that is visible. */
export interface RestClient {
  get<T>(path: string): Promise<T>;
  /** The answer's text as it came. */
  text(path: string): Promise<string>;
  send<T>(method: "POST" | "PUT" | "PATCH", path: string, body: unknown): Promise<T>;
  /** Reads wait for this position too: what somebody else wrote. */
  sees(position: string): void;
  position(): string;
}

/** Signs in with e-mail and password; throws TransientError with the platform's own words. */
export async function signedIn(
  url: string,
  person: { readonly email: string; readonly password: string },
): Promise<RestClient> {
  const guest = restClient(url, undefined);
  const { token } = await guest.send<{ token: string }>("POST", "/tokens", person);
  return restClient(url, token);
}

export function restClient(url: string, token: string | undefined): RestClient {
  let position = "";
  const call = async (method: string, path: string, body?: unknown): Promise<string> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(position === "" ? {} : { "millrace-wait-for": position }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(CALL_MS_MAX),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new TransientError(`Cannot ${method} ${path}: ${response.status} ${text}`);
    }
    position = response.headers.get("millrace-position") ?? position;
    return text;
  };
  const parsed = <T>(text: string): T => (text === "" ? undefined : JSON.parse(text)) as T;
  return {
    get: async (path) => parsed(await call("GET", path)),
    text: (path) => call("GET", path),
    send: async (method, path, body) => parsed(await call(method, path, body)),
    sees: (other) => position = Number(other) > Number(position) ? other : position,
    position: () => position,
  };
}
