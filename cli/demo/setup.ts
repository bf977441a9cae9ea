import { newId } from "../../actors/mod.ts";
import { type RestClient, restClient, signedIn } from "./rest_client.ts";

export interface Station {
  readonly city: string;
  readonly id: string;
  readonly key: string;
  readonly subtopic: string;
}

/** What the demonstration talks to and about. */
export interface Stage {
  readonly admin: RestClient;
  /** Somebody else, who may change the stations. */
  readonly operator: RestClient;
  readonly channelId: string;
  readonly seattle: Station;
  readonly newYork: Station;
}

/** Sets up two stations on one channel, and an operator with whom they are shared. */
export async function stage(
  { http, email, password }: {
    readonly http: string;
    readonly email: string;
    readonly password: string;
  },
): Promise<Stage> {
  const admin = await signedIn(http, { email, password });
  const channelId = newId();
  const seattle = station("Seattle");
  const newYork = station("New York");
  await admin.send(
    "POST",
    "/things/bulk",
    [seattle, newYork].map(({ city, id, key }) => ({
      id,
      key,
      name: `${city} station`,
      metadata: { height_m: 2 },
    })),
  );
  await admin.send("POST", "/channels", { id: channelId, name: "Weather of two cities" });
  await admin.send("POST", "/connect", {
    thing_ids: [seattle.id, newYork.id],
    channel_ids: [channelId],
  });
  const operator = await signedUp(http);
  for (const { id } of [seattle, newYork]) {
    await admin.send("POST", `/things/${id}/share`, {
      user_ids: [operator.id],
      policies: ["read", "write"],
    });
  }
  operator.client.sees(admin.position());
  return { admin, operator: operator.client, channelId, seattle, newYork };
}

function station(city: string): Station {
  const subtopic = city.toLowerCase().replace(" ", "-");
  return { city, id: newId(), key: newId(), subtopic };
}

/** A new operator each time, so that the demonstration can be repeated. */
async function signedUp(http: string): Promise<{ id: string; client: RestClient }> {
  const person = { email: `operator-${newId().slice(-6)}@example.com`, password: newId() };
  const { id } = await restClient(http, undefined).send<{ id: string }>("POST", "/users", person);
  return { id, client: await signedIn(http, person) };
}
