import { z } from "@hono/zod-openapi";
import { checkAuthority, thingKind } from "../../../actors/mod.ts";
import { type ClaimedValue, claiming, release } from "../claims.ts";
import { entryOf } from "../entities.ts";
import type { HttpGround } from "../ground.ts";
import { entitled, ownedEntry } from "../managed.ts";
import { HttpProblem, problemOf } from "../problem.ts";
import { accepted, commandContext, waitedFor, written } from "../request.ts";
import { type HttpApp, onUser } from "../route.ts";
import { managedThing } from "./thing.ts";

/** As `openssl x509 -fingerprint -sha256` prints it, or without colons; upper or lower case. */
const FINGERPRINT = /^([0-9a-f]{2}:?){31}[0-9a-f]{2}$/i;

const shownSchema = z.object({ fingerprint: z.string() });

/** `/things/{id}/certificates`: by which client certificates a thing is known beside its key. */
export function registerCertificates(app: HttpApp, ground: HttpGround): void {
  registerBinding(app, ground);
  registerUnbinding(app, ground);
  onUser({ app, ground }, {
    method: "get",
    path: "/things/{id}/certificates",
    summary: "The certificates that are bound to the thing, or were at an instant",
    query: z.object({ at: z.string().optional() }),
    status: 200,
    answer: z.object({ certificates: z.array(shownSchema) }),
  }, async (context, { params, query, caller }) => {
    await waitedFor(ground, context, { projections: ["directory"] });
    const id = params["id"]!;
    const { domainId } = caller;
    const entry = await entryOf(ground, context, { kind: "thing", id, domainId, at: query.at });
    const refused = checkAuthority(caller.authority, ownedEntry(entry), "read");
    if (refused !== undefined) throw problemOf(refused);
    const bound = Object.keys(entry.fields["certificates"] ?? {});
    return context.json({ certificates: bound.map((fingerprint) => ({ fingerprint })) });
  });
}

function registerBinding(app: HttpApp, ground: HttpGround): void {
  onUser({ app, ground }, {
    method: "post",
    path: "/things/{id}/certificates",
    summary: "Binds a client certificate to the thing, which then needs no key to connect by TLS",
    body: z.object({ fingerprint: z.string() }),
    status: 201,
    answer: shownSchema,
  }, async (context, { params, body, caller }) => {
    const fingerprint = fingerprintOf(body.fingerprint);
    const id = params["id"]!;
    const { domainId } = await entitled(ground, managedThing(ground), {
      id,
      caller,
      policy: "write",
    });
    const by = commandContext(ground, context, { principal: caller.principal });
    const claim: ClaimedValue = {
      kind: "certificate",
      hash: fingerprint,
      holderId: id,
      domainId,
      context: by,
      named: "the certificate",
      field: "fingerprint",
      async holds(holderId) {
        const state = await ground.runtime.inspect(thingKind, holderId);
        return "certificates" in state && state.certificates.includes(fingerprint);
      },
    };
    const { position } = accepted(
      await claiming(ground, claim, () =>
        ground.runtime.execute(thingKind, {
          id,
          command: { type: "BindCertificate", by: caller.authority, fingerprint },
          context: by,
        })),
    );
    await written(ground, context, { position });
    return context.json({ fingerprint }, 201);
  });
}

function registerUnbinding(app: HttpApp, ground: HttpGround): void {
  onUser({ app, ground }, {
    method: "delete",
    path: "/things/{id}/certificates",
    summary: "Unbinds the certificate that the query names; connections that rest on it end",
    query: z.object({ fingerprint: z.string().optional() }),
    status: 204,
  }, async (context, { params, query, caller }) => {
    const fingerprint = fingerprintOf(query.fingerprint ?? "");
    const id = params["id"]!;
    await entitled(ground, managedThing(ground), { id, caller, policy: "write" });
    const by = commandContext(ground, context, { principal: caller.principal });
    const { position } = accepted(
      await ground.runtime.execute(thingKind, {
        id,
        command: { type: "UnbindCertificate", by: caller.authority, fingerprint },
        context: by,
      }),
    );
    await release(ground, { kind: "certificate", hash: fingerprint, holderId: id, context: by });
    await written(ground, context, { position });
    return context.body(null, 204);
  });
}

function fingerprintOf(text: string): string {
  if (FINGERPRINT.test(text)) return text.replaceAll(":", "").toLowerCase();
  throw new HttpProblem(
    400,
    `Cannot accept fingerprint '${
      text.slice(0, 100)
    }': it must be the SHA-256 of a certificate, 32 bytes in hexadecimal digits`,
    "fingerprint",
  );
}
