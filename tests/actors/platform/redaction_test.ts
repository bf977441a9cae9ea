import assert from "node:assert/strict";
import fc from "fast-check";
import { redacted, REDACTED_DEPTH_MAX, REMOVED, withoutSecrets } from "../../../actors/mod.ts";

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/** What a password may hold where nothing is escaped: anything but blanks and quotes. */
const TYPED = BASE64 + "!#$%&()*-.:;=?@[]^_{|}~,";

const drawnFrom = (letters: string, minLength = 12) =>
  fc.string({ unit: fc.constantFrom(...letters), minLength, maxLength: 48 });

/** As keys and tokens are made: no word has digits in it. */
const madeUp = drawnFrom(BASE64).filter((text) => /\d/.test(text));
const typed = drawnFrom(TYPED);
/** Ends a value in a query, a form or a list. */
const unbroken = drawnFrom(TYPED.replace(/[&;,]/g, ""));
const anyText = fc.string({ unit: "grapheme", minLength: 12, maxLength: 48 });
const base64 = drawnFrom(BASE64, 24);

interface Carrier {
  readonly says: string;
  readonly secret: fc.Arbitrary<string>;
  readonly carry: (secret: string) => string;
}

const CARRIERS: readonly Carrier[] = [
  { says: "a connection string", secret: typed, carry: (s) => `esdb://ann:${s}@db:2113?tls=true` },
  { says: "one of NATS in words", secret: typed, carry: (s) => `at nats://u:${s}@a:4222 failed` },
  {
    says: "a string of several hosts",
    secret: drawnFrom(TYPED.replace("/", "")),
    carry: (s) => `esdb+discover://ann:${s}@a:1,b:2`,
  },
  { says: "user and password of HTTP", secret: unbroken, carry: (s) => `http://${s}@influx:8086/` },
  { says: "a query of CoAP", secret: unbroken, carry: (s) => `/channels/1/messages?auth=${s}&x=1` },
  { says: "a query's token", secret: unbroken, carry: (s) => `GET /ws?x=1&token=${s} failed` },
  { says: "a query's key", secret: unbroken, carry: (s) => `/x?key=${s}` },
  { says: "a form", secret: unbroken, carry: (s) => `email=a&password=${s}` },
  { says: "a header", secret: typed, carry: (s) => `Authorization: Thing ${s}\nHost: a` },
  {
    says: "a header as an object",
    secret: typed,
    carry: (s) => `{"authorization": "Bearer ${s}"}`,
  },
  { says: "a cookie", secret: typed, carry: (s) => `Cookie: session=${s}` },
  { says: "a bearer's token", secret: unbroken, carry: (s) => `refused Bearer ${s}` },
  { says: "a thing's key", secret: madeUp, carry: (s) => `refused Thing ${s}` },
  { says: "InfluxDB's token", secret: madeUp, carry: (s) => `sent Token ${s}, was refused` },
  { says: "Basic", secret: base64, carry: (s) => `Basic ${s}==` },
  { says: "JSON", secret: anyText, carry: (s) => `body {"a":1,"password":${JSON.stringify(s)}}` },
  { says: "JSON with a key", secret: anyText, carry: (s) => `{ "key" : ${JSON.stringify(s)} }` },
  { says: "SCRAM's first", secret: base64, carry: (s) => `n,,n=thing,r=${s}` },
  { says: "SCRAM's challenge", secret: base64, carry: (s) => `r=abcdefghij,s=${s},i=4096` },
  { says: "SCRAM's proof", secret: base64, carry: (s) => `c=biws,r=abcdefghij,p=${s}=` },
  { says: "SCRAM's end", secret: base64, carry: (s) => `answered v=${s}=` },
  {
    says: "a web token",
    secret: drawnFrom(BASE64.replace(/[+/]/g, "")),
    carry: (s) => `got eyJhbGciOiJIUzI1NiJ9.${s}.sig`,
  },
  {
    says: "a private key",
    secret: base64,
    carry: (s) => `-----BEGIN EC PRIVATE KEY-----\n${s}\n-----END EC PRIVATE KEY-----\n`,
  },
];

for (const { says, secret, carry } of CARRIERS) {
  Deno.test(`redaction: ${says} loses its secret, and the words around it stay`, () => {
    fc.assert(fc.property(secret, (hidden) => {
      const left = withoutSecrets(`before ${carry(hidden)}\nafter`);
      assert.ok(!left.includes(hidden) && !left.includes(JSON.stringify(hidden)), left);
      assert.ok(left.startsWith("before ") && left.endsWith("\nafter"), left);
    }));
  });
}

Deno.test("redaction: of a private key that was cut off nothing stays", () => {
  const cut = `read -----BEGIN PRIVATE KEY-----\n${"Ab1+".repeat(40)}`;
  assert.equal(withoutSecrets(cut), `read ${REMOVED}`);
});

Deno.test("redaction: a secret that is known goes wherever it stands", () => {
  fc.assert(fc.property(anyText, fc.string(), fc.string(), (secret, before, after) => {
    assert.ok(!withoutSecrets(before + secret + after, [secret]).includes(secret));
  }));
});

Deno.test("redaction: fields with such names lose their values at every depth, and deeper than the bound everything goes", () => {
  const names = [
    ..."key,password,passwordHash,token,secret,sealed,authorization,cookie,thingKey".split(","),
    ..."api_key,Authorization,set-cookie,MILLRACE_INFLUXDB_TOKEN,credentials".split(","),
  ];
  const value = fc.oneof(anyText, fc.array(anyText), fc.record({ inner: anyText }));
  fc.assert(fc.property(
    fc.constantFrom(...names),
    value,
    fc.nat(REDACTED_DEPTH_MAX + 4),
    (name, secret, depth) => {
      let nested: unknown = { [name]: secret, port: 8080 };
      for (let i = 0; i < depth; i++) nested = i % 2 === 0 ? { inside: nested } : [nested];
      const shown = JSON.stringify(redacted(nested));
      const texts = typeof secret === "string" ? [secret] : Object.values(secret) as string[];
      for (const text of texts) assert.ok(!shown.includes(JSON.stringify(text)), shown);
      assert.ok(shown.includes(REMOVED), shown);
      assert.equal(shown.includes("8080"), depth < REDACTED_DEPTH_MAX, shown);
    },
  ));
});

Deno.test("redaction: an error and what caused it are looked through", () => {
  const cause = new TypeError("cannot open esdb://ann:s3cret-word@db");
  const shown = JSON.stringify(redacted({ error: new Error("Bearer s3cret-word", { cause }) }));
  assert.ok(!shown.includes("s3cret-word"), shown);
  assert.match(shown, /TypeError/);
});

Deno.test("redaction: what is no secret stays as it was", () => {
  const texts = [
    "Cannot append to 'thing-0192f0c4-0000-7000-8000-000000000001': 50000 appends are waiting",
    "Cannot open the event log: EventStoreDB cannot be reached at 'db:2113' (14 UNAVAILABLE)",
    "no thing has this key",
    "Thing not found",
    "the token is expired, get a new one",
    "wrong key: it is not this thing's",
    "http://127.0.0.1:8080/things?limit=10&offset=20",
    "mqtt connect refused remoteAddress=192.0.2.1:5000",
  ];
  for (const text of texts) assert.equal(withoutSecrets(text), text);
  const fields = { keepAliveSeconds: 60, keyId: "k1", stream: "a", count: 3, at: null, ok: true };
  assert.deepEqual(redacted(fields), fields);
  assert.deepEqual(redacted({ n: 10n, bytes: new Uint8Array(3) }), { n: "10", bytes: "3 bytes" });
});
