/** What nodes tell each other as JSON: who reads it takes the members that it knows. */
export function jsonMessage(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** What another node of this installation said: of this program, in this version or another one. */
export function readJsonMessage<T>(bytes: Uint8Array): T {
  return JSON.parse(new TextDecoder().decode(bytes)) as T;
}
