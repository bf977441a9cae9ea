import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import {
  beginScram,
  deriveVerifier,
  finishScram,
  readClientFinal,
  readClientFirst,
} from "../../../../protocols/mqtt/admission/scram/mod.ts";
import { ScramClient } from "./scram_client.ts";

/** The example of RFC 7677, section 3. */
const FIRST = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
const SERVER_FIRST =
  "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
const FINAL = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0," +
  "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
const SERVER_FINAL = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
const TERMS = {
  serverNonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
  salt: new Uint8Array(Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64")),
  iterations: 4096,
};

function first(text: string) {
  const read = readClientFirst(text);
  assert.ok(!("refused" in read), JSON.stringify(read));
  return read;
}

function final(text: string) {
  const read = readClientFinal(text);
  assert.ok(!("refused" in read), JSON.stringify(read));
  return read;
}

Deno.test("scram: speaks as the example of RFC 7677 does", async () => {
  const exchange = beginScram(first(FIRST), TERMS);
  assert.equal(exchange.serverFirst, SERVER_FIRST);
  const verifier = await deriveVerifier("pencil", TERMS);
  assert.equal(finishScram(exchange, { final: final(FINAL), verifier }), SERVER_FINAL);
});

Deno.test("scram: the client of these tests speaks as the example of RFC 7677 does", () => {
  const client = new ScramClient("user", "pencil");
  assert.equal(client.first, FIRST);
  assert.equal(client.final(SERVER_FIRST), FINAL);
  assert.equal(client.expected, SERVER_FINAL);
});

Deno.test("scram: takes no proof of another key, and none in which one bit is another", async () => {
  const exchange = beginScram(first(FIRST), TERMS);
  const other = await deriveVerifier("pencil.", TERMS);
  assert.equal(finishScram(exchange, { final: final(FINAL), verifier: other }), undefined);
  const verifier = await deriveVerifier("pencil", TERMS);
  const sent = final(FINAL);
  for (let bit = 0; bit < 256; bit++) {
    const proof = sent.proof.slice();
    proof[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(finishScram(exchange, { final: { ...sent, proof }, verifier }), undefined);
  }
});

Deno.test("scram: takes no proof that was made in another exchange", async () => {
  const verifier = await deriveVerifier("pencil", TERMS);
  const again = beginScram(first(FIRST), { ...TERMS, serverNonce: "another" });
  assert.equal(finishScram(again, { final: final(FINAL), verifier }), undefined);
});

Deno.test("scram: what is proven holds the nonce and the header of the first message", async () => {
  const verifier = await deriveVerifier("pencil", TERMS);
  const client = new ScramClient("user", "pencil");
  const { serverFirst } = beginScram(first(FIRST), TERMS);
  for (const change of [{ nonce: "rOprNGfwEbeRWgbNEkqO" }, { nonce: "x" }, { binding: "y,," }]) {
    const sent = final(client.final(serverFirst, change));
    const exchange = beginScram(first(FIRST), TERMS);
    assert.equal(finishScram(exchange, { final: sent, verifier }), undefined);
  }
});

Deno.test("scram: extensions that are not mandatory are proven and passed over [RFC5802 5.1]", async () => {
  const verifier = await deriveVerifier("pencil", TERMS);
  const client = new ScramClient("user", "pencil", { nonce: "abc,x=more" });
  const exchange = beginScram(first(client.first), TERMS);
  const sent = client.final(exchange.serverFirst, { extension: ",y=even more" });
  assert.equal(finishScram(exchange, { final: final(sent), verifier }), client.expected);
});

Deno.test("scram: reads names, identities and nonces of a first message [RFC5802 5.1]", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["n,,n=user,r=abc", "user", "abc"],
    ["y,,n=user,r=abc", "user", "abc"],
    ["n,a=user,n=user,r=abc", "user", "abc"],
    ["n,,n=a=2Cb=3Dc,r=!+-~", "a,b=c", "!+-~"],
    ["n,,n=müller,r=abc", "müller", "abc"],
  ];
  for (const [text, name, nonce] of cases) {
    const read = first(text);
    assert.deepEqual([read.name, read.nonce], [name, nonce], text);
  }
});

Deno.test("scram: refuses first messages that are none, or ask for what is not offered [RFC5802 7]", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["", /begin with 'n,,'/],
    ["n=user,r=abc", /begin with 'n,,'/],
    ["n,", /begin with 'n,,'/],
    ["x,,n=user,r=abc", /first letter/],
    ["N,,n=user,r=abc", /first letter/],
    ["p=tls-unique,,n=user,r=abc", /no channel binding is offered/],
    ["n,a=another,n=user,r=abc", /act for another/],
    ["n,user,n=user,r=abc", /act for another/],
    ["n,,m=what,n=user,r=abc", /extensions/],
    ["n,,r=abc", /name/],
    ["n,,n=,r=abc", /name/],
    ["n,,u=user,r=abc", /name/],
    ["n,,n=a=b,r=abc", /name/],
    ["n,,n=a=2cb,r=abc", /name/],
    ["n,,n=user", /nonce/],
    ["n,,n=user,r=", /nonce/],
    ["n,,n=user,x=abc", /nonce/],
    ["n,,n=user,r=a c", /nonce/],
    ["n,,n=user,r=ab\u0000", /nonce/],
    ["n,,n=user,r=abç", /nonce/],
  ];
  for (const [text, why] of cases) {
    const read = readClientFirst(text);
    assert.ok("refused" in read, text);
    assert.match(read.refused, why, text);
  }
});

Deno.test("scram: refuses last messages that are none [RFC5802 7]", () => {
  const proof = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
  const cases: readonly (readonly [string, RegExp])[] = [
    ["", /proof is missing/],
    ["c=biws,r=abc", /proof is missing/],
    [`c=biws,r=abc,p=${proof},x=more`, /proof is missing/],
    [`p=${proof}`, /proof is missing/],
    [`r=abc,c=biws,p=${proof}`, /channel binding/],
    [`c=biws,p=${proof}`, /nonce/],
    [`c=biws,r=abc,m=what,p=${proof}`, /extensions/],
    ["c=biws,r=abc,p=", /32 bytes/],
    [`c=biws,r=abc,p=${proof.slice(4)}`, /32 bytes/],
    [`c=biws,r=abc,p=AAAA${proof}`, /32 bytes/],
    [`c=biws,r=abc,p=${proof.slice(0, -1)}`, /32 bytes/],
    [`c=biws,r=abc,p=${proof.replace("+", "-")}`, /32 bytes/],
    [`c=biws,r=abc,p= ${proof}`, /32 bytes/],
  ];
  for (const [text, why] of cases) {
    const read = readClientFinal(text);
    assert.ok("refused" in read, text);
    assert.match(read.refused, why, text);
  }
});

Deno.test("scram: takes any text for a message or refuses it, and nothing that it takes is proven by chance", async () => {
  const verifier = await deriveVerifier("pencil", TERMS);
  const exchange = beginScram(first(FIRST), TERMS);
  const field = fc.oneof(
    fc.string(),
    fc.constantFrom("n", "y", "", "n=user", "r=abc", "c=biws", `r=${exchange.nonce}`, "p=AAAA"),
    fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) =>
      `p=${Buffer.from(bytes).toString("base64")}`
    ),
  );
  fc.assert(fc.property(fc.array(field, { maxLength: 6 }).map((all) => all.join(",")), (text) => {
    const asFirst = readClientFirst(text);
    if (!("refused" in asFirst)) assert.ok(text === `${asFirst.gs2Header}${asFirst.bare}`);
    const asFinal = readClientFinal(text);
    if ("refused" in asFinal) return;
    assert.equal(finishScram(exchange, { final: asFinal, verifier }), undefined);
  }));
});

Deno.test("scram: no refusal repeats what the client sent", () => {
  for (const text of ["n,,n=SECRET", "SECRET", "n,,n=SECRET,r=SEC RET", "p=SECRET,,n=a,r=b"]) {
    for (const read of [readClientFirst(text), readClientFinal(text)]) {
      assert.ok("refused" in read && !read.refused.includes("SECRET"), text);
    }
  }
});
