/** What stands in place of a secret. */
export const REMOVED = "[removed]";
/** Fields of fields that are looked into; what lies deeper is not shown at all. */
export const REDACTED_DEPTH_MAX = 8;
/** Shorter ones would tear holes into words; nothing that is accepted as a password is shorter. */
const KNOWN_LENGTH_MIN = 8;

/** Words that name a secret, wherever they stand in the name of a field. */
const SECRET_NAME = /key|password|passwd|token|secret|sealed|authorization|cookie|credential/i;
/** Names that hold such a word and no secret. */
const HARMLESS_NAME = /^(keepAlive\w*|key_?(id|name)|token_?(id|type))$/i;

const NAMES =
  "auth|authorization|proxy-authorization|cookie|password|passwd|pwd|token|access_token|" +
  "refresh_token|key|api_?key|secret|thing_?key";

/** How secrets look in a text, each with what is left of it. */
const FORMS: readonly (readonly [RegExp, string])[] = [
  // User and password of a URL: up to its last @, because a password may hold anything.
  [/\b([a-z][a-z\d+.-]*:\/\/)[^\s"'<>]*@/gi, `$1${REMOVED}@`],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, REMOVED],
  // A header, to the end of its line or quotes.
  [
    /\b((?:proxy-)?authorization|(?:set-)?cookie)(["']?\s*[:=]\s*["']?)[^"'\r\n]+/gi,
    `$1$2${REMOVED}`,
  ],
  // A member of an object in JSON.
  [new RegExp(`("(?:${NAMES})"\\s*:\\s*)"(?:[^"\\\\]|\\\\.)*"`, "gi"), `$1"${REMOVED}"`],
  // A query, a form, an assignment.
  [new RegExp(`\\b(${NAMES})(=|%3D)[^\\s&"';,]+`, "gi"), `$1$2${REMOVED}`],
  [/\b(Bearer|Basic)\s+[^\s"',;]+/gi, `$1 ${REMOVED}`],
  // These begin sentences too: only what no word is goes.
  [/\b(Thing|Client|Token)\s+(?=[^\s"',;]*\d)[^\s"',;]{8,}/g, `$1 ${REMOVED}`],
  [/\beyJ[\w-]+\.[\w-]+(\.[\w-]*)?/g, REMOVED],
  // RFC 5802, section 7: nonces, salts, proofs and signatures of SCRAM.
  [/\b(?:n,,|y,,)?(?:n=[^,\s]*,)?(?:c=[^,\s]+,)?r=[^,\s]{8,}(?:,[a-z]=[^,\s"']*)*/g, REMOVED],
  [/\b([pv])=[A-Za-z\d+/]{16,}={0,2}/g, `$1=${REMOVED}`],
];

/** The text without what looks like a secret, and without those that are known. */
export function withoutSecrets(text: string, known: readonly string[] = []): string {
  let left = text;
  for (const secret of known) {
    if (secret.length >= KNOWN_LENGTH_MIN) left = left.replaceAll(secret, REMOVED);
  }
  for (const [form, instead] of FORMS) left = left.replace(form, instead);
  return left;
}

/** The same of a value and all that it holds: by the names of fields, and by how their values look. */
export function redacted(value: unknown, known: readonly string[] = []): unknown {
  return redactedAt(value, { known, depth: 0 });
}

function redactedAt(
  value: unknown,
  at: { readonly known: readonly string[]; readonly depth: number },
): unknown {
  if (typeof value === "string") return withoutSecrets(value, at.known);
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (at.depth >= REDACTED_DEPTH_MAX) return REMOVED;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `${value.byteLength} bytes`;
  const below = { ...at, depth: at.depth + 1 };
  if (Array.isArray(value)) return value.map((each) => redactedAt(each, below));
  if (value instanceof Error) {
    const { name, message, stack, cause } = value;
    return redactedAt({ name, message, stack, ...(cause === undefined ? {} : { cause }) }, below);
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, inside]) => [name, memberOf(name, inside, below)]),
  );
}

function memberOf(
  name: string,
  value: unknown,
  below: { readonly known: readonly string[]; readonly depth: number },
): unknown {
  const hides = SECRET_NAME.test(name) && !HARMLESS_NAME.test(name) &&
    typeof value !== "boolean" && value !== undefined && value !== null;
  return hides ? REMOVED : redactedAt(value, below);
}
