import { Buffer } from "node:buffer";

/** A message that is none of SCRAM, or asks for what is not offered; the text says what. */
export interface ScramRefusal {
  readonly refused: string;
}

/** client-first-message of RFC 5802, section 7. */
export interface ClientFirst {
  /** Comes back in the last message, so that nobody in between can have changed it. */
  readonly gs2Header: string;
  /** What the proof covers of it. */
  readonly bare: string;
  readonly name: string;
  readonly nonce: string;
}

/** client-final-message of RFC 5802, section 7. */
export interface ClientFinal {
  /** In base64, as it was sent. */
  readonly channelBinding: string;
  /** Of both sides. */
  readonly nonce: string;
  readonly proof: Uint8Array;
  readonly withoutProof: string;
}

/** Printable ASCII without the comma. */
const NONCE = /^[\x21-\x2b\x2d-\x7e]+$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** A comma and an equals sign in a name stand there as =2C and =3D. */
const NAME = /^(?:[^=,]|=2C|=3D)+$/;
/** SHA-256. */
const PROOF_BYTES = 32;

export function readClientFirst(text: string): ClientFirst | ScramRefusal {
  const [, gs2Header, flag, identity, bare] = /^(([^,]*),([^,]*),)(.*)$/s.exec(text) ?? [];
  if (gs2Header === undefined) return refused("first", "it does not begin with 'n,,' or 'y,,'");
  if (flag !== "n" && flag !== "y") {
    return refused("first", "its first letter is not 'n' or 'y': no channel binding is offered");
  }
  const [nameField = "", nonceField = ""] = bare!.split(",");
  if (nameField.startsWith("m=")) return refused("first", "its extensions are not known here");
  const name = nameField.startsWith("n=") ? nameOf(nameField.slice(2)) : undefined;
  if (name === undefined) return refused("first", "its name is missing or not well formed");
  // [RFC5802 5.1]
  if (identity !== "" && identity !== `a=${nameField.slice(2)}`) {
    return refused("first", "it wants to act for another than the one whose key it proves");
  }
  const nonce = nonceField.startsWith("r=") ? nonceField.slice(2) : "";
  if (!NONCE.test(nonce)) return refused("first", "its nonce is missing or not well formed");
  return { gs2Header, bare: bare!, name, nonce };
}

export function readClientFinal(text: string): ClientFinal | ScramRefusal {
  const [, withoutProof, proof = ""] = /^(.*),p=([^,]*)$/s.exec(text) ?? [];
  if (withoutProof === undefined) return refused("final", "its proof is missing");
  const [bindingField = "", nonceField = "", next = ""] = withoutProof.split(",");
  if (!bindingField.startsWith("c=")) return refused("final", "its channel binding is missing");
  if (!nonceField.startsWith("r=")) return refused("final", "its nonce is missing");
  if (next.startsWith("m=")) return refused("final", "its extensions are not known here");
  const bytes = Buffer.from(proof, "base64");
  if (!BASE64.test(proof) || bytes.length !== PROOF_BYTES) {
    return refused("final", `its proof is not ${PROOF_BYTES} bytes in base64`);
  }
  return {
    channelBinding: bindingField.slice(2),
    nonce: nonceField.slice(2),
    proof: bytes,
    withoutProof,
  };
}

function nameOf(escaped: string): string | undefined {
  if (!NAME.test(escaped)) return undefined;
  return escaped.replaceAll("=2C", ",").replaceAll("=3D", "=");
}

function refused(which: "first" | "final", what: string): ScramRefusal {
  return { refused: `Cannot read the ${which} message of SCRAM: ${what}` };
}
