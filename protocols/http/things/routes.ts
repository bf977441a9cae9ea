import { z } from "@hono/zod-openapi";
import { thingKind } from "../../../actors/mod.ts";
import { claiming, release } from "../claims.ts";
import type { HttpGround } from "../ground.ts";
import { BULK_MAX } from "../limits.ts";
import { changed, entitled, showing } from "../managed.ts";
import { registerManaged } from "../managed_routes.ts";
import { accepted, commandContext, written } from "../request.ts";
import { type HttpApp, type HttpContext, onUser, type UserInput } from "../route.ts";
import { thingSchema } from "../schemas.ts";
import { registerCertificates } from "./certificates.ts";
import { checkKeyFree, createSchema, createThings, keyClaim, keySchema } from "./creation.ts";
import { registerPresence } from "./presence.ts";
import { registerRecognition } from "./recognition.ts";
import { managedThing } from "./thing.ts";

/** Mainflux 0.13's own words: its clients know them. */
const DEPRECATED =
  "This endpoint will be depreciated in v1.0.0. It will be replaced with the bulk endpoint currently found at /things/bulk.";

export function registerThings(app: HttpApp, ground: HttpGround): void {
  registerCreation(app, ground);
  registerKeyChange(app, ground);
  registerRemoval(app, ground);
  registerManaged({ app, ground, managed: managedThing(ground) });
  registerRecognition(app, ground);
  registerPresence(app, ground);
  registerCertificates(app, ground);
}

function registerCreation(app: HttpApp, ground: HttpGround): void {
  const { show } = managedThing(ground);
  onUser({ app, ground }, {
    method: "post",
    path: "/things",
    summary: "Creates a thing; id and key may be given",
    body: createSchema,
    status: 201,
    answer: thingSchema,
  }, async (context, { body, caller }) => {
    const [thing] = await createThings(ground, context, { bodies: [body], caller });
    context.header("Location", `/things/${thing!.id}`);
    context.header("Warning-Deprecated", DEPRECATED);
    return context.json(show(thing!, caller), 201);
  });
  onUser({ app, ground }, {
    method: "post",
    path: "/things/bulk",
    summary: "Creates many things: all are checked before the first is made",
    body: z.array(createSchema).min(1).max(BULK_MAX),
    status: 201,
    answer: z.object({ things: z.array(thingSchema) }),
  }, async (context, { body, caller }) => {
    const things = await createThings(ground, context, { bodies: body, caller });
    return context.json({ things: things.map((entry) => show(entry, caller)) }, 201);
  });
}

function registerKeyChange(app: HttpApp, ground: HttpGround): void {
  onUser({ app, ground }, {
    method: "patch",
    path: "/things/{id}/key",
    summary: "Replaces the key of a thing; open connections end",
    body: z.object({ key: keySchema }),
    status: 200,
    answer: thingSchema,
  }, (context, input) => changeKey(ground, context, { input, key: input.body.key }));
  onUser({ app, ground }, {
    method: "patch",
    path: "/things/{id}/secret",
    summary: "Replaces the key of a thing, as Mainflux 0.14 names it",
    body: z.object({ secret: keySchema }),
    status: 200,
    answer: thingSchema,
  }, (context, input) => changeKey(ground, context, { input, key: input.body.secret }));
}

async function changeKey(
  ground: HttpGround,
  context: HttpContext,
  { input: { params, caller }, key }: {
    readonly input: Pick<UserInput<unknown, unknown>, "params" | "caller">;
    readonly key: string;
  },
): Promise<Response> {
  const managed = managedThing(ground);
  const id = params["id"]!;
  const before = await entitled(ground, managed, { id, caller, policy: "write" });
  checkKeyFree(ground, { key, holderId: id });
  const sealed = ground.secrets.sealThingKey(key);
  const by = commandContext(ground, context, { principal: caller.principal });
  const { domainId } = before;
  const value = keyClaim(ground, { hash: sealed.hash, holderId: id, domainId, context: by });
  const { position } = accepted(
    await claiming(ground, value, () =>
      ground.runtime.execute(thingKind, {
        id,
        command: { type: "ChangeThingKey", by: caller.authority, key: sealed },
        context: by,
      })),
  );
  if ("keyHash" in before && before.keyHash !== sealed.hash) {
    await release(ground, { kind: "thing_key", hash: before.keyHash, holderId: id, context: by });
  }
  await written(ground, context, { position });
  return await showing(ground, context, { managed, id, caller });
}

function registerRemoval(app: HttpApp, ground: HttpGround): void {
  onUser({ app, ground }, {
    method: "delete",
    path: "/things/{id}",
    summary: "Removes a thing; its history stays, and its id is not given out again",
    status: 204,
  }, async (context, { params, caller }) => {
    const managed = managedThing(ground);
    const id = params["id"]!;
    const before = await ground.runtime.inspect(thingKind, id);
    await changed(ground, context, {
      managed,
      id,
      caller,
      policy: "delete",
      commands: [managed.commands.remove(caller.authority)],
    });
    if ("keyHash" in before) {
      const by = commandContext(ground, context, { principal: caller.principal });
      await release(ground, { kind: "thing_key", hash: before.keyHash, holderId: id, context: by });
      for (const hash of before.certificates) {
        await release(ground, { kind: "certificate", hash, holderId: id, context: by });
      }
    }
    return context.body(null, 204);
  });
}
