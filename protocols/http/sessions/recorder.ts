import { z } from "@hono/zod-openapi";
import type { HttpGround } from "../ground.ts";
import { changed, entitled } from "../managed.ts";
import { HttpProblem } from "../problem.ts";
import { type HttpApp, onUser, type UserInput } from "../route.ts";
import { managedThing } from "../things/mod.ts";
import type { DeviceRecording } from "../device_edge.ts";

/** How long the packets of a thing are recorded at a time. */
const RECORDER_MINUTES_MAX = 60;

const PATH = "/things/{id}/recorder";

const stateSchema = z.object({
  recording: z.boolean(),
  from: z.string().optional(),
  until: z.string().optional(),
  payloads: z.boolean().optional(),
  packets: z.number().optional(),
  bytes: z.number().optional(),
  dropped: z.number().optional(),
});

/** The packets of one device, for whoever may change the thing: they show more than its channels do. */
export function registerRecorder(app: HttpApp, ground: HttpGround): void {
  registerStart(app, ground);
  onUser({ app, ground }, {
    method: "get",
    path: PATH,
    summary: "Whether the packets of the thing are recorded, and how many were",
    status: 200,
    answer: stateSchema,
  }, async (context, input) => {
    const id = await writable(ground, input);
    const state = await ground.devices.recorder.state(id);
    return context.json(state === undefined ? { recording: false } : shown(state));
  });
  registerFetch(app, ground);
}

function registerStart(app: HttpApp, ground: HttpGround): void {
  onUser({ app, ground }, {
    method: "post",
    path: PATH,
    summary: "Records the packets of the thing for some minutes; payloads only if asked for",
    body: z.object({
      minutes: z.number().int().min(1).max(RECORDER_MINUTES_MAX),
      payloads: z.boolean().default(false),
    }),
    status: 201,
    answer: stateSchema,
  }, async (context, { params, body, caller }) => {
    const id = await writable(ground, { params, caller });
    if (!await ground.devices.recorder.hasRoom(id)) throw full();
    // Who looks at a device is known before anything is to be seen.
    await changed(ground, context, {
      managed: managedThing(ground),
      id,
      caller,
      commands: [{ type: "StartThingRecorder", by: caller.authority, ...body }],
    });
    const state = await ground.devices.recorder.start(id, body);
    if (state === undefined) throw full();
    context.header("Location", `/things/${id}/recorder`);
    return context.json(shown(state), 201);
  });
}

function full(): HttpProblem {
  return new HttpProblem(
    503,
    "Cannot record the thing: as many others are recorded as can be, try again when one has ended",
  );
}

function registerFetch(app: HttpApp, ground: HttpGround): void {
  onUser({ app, ground }, {
    method: "get",
    path: `${PATH}/packets`,
    summary: "The recorded packets as JSON lines: time, direction, session, and what each says",
    status: 200,
  }, async (_context, input) => {
    const id = await writable(ground, input);
    const lines = await ground.devices.recorder.lines(id) ?? notRecorded(id);
    const body = ReadableStream.from(lines).pipeThrough(new TextEncoderStream());
    return new Response(body, { headers: { "content-type": "application/jsonl" } });
  });
  onUser({ app, ground }, {
    method: "get",
    path: `${PATH}/packets.pcap`,
    summary: "The recorded packets as a capture file that Wireshark opens",
    status: 200,
  }, async (_context, input) => {
    const id = await writable(ground, input);
    const pieces = await ground.devices.recorder.capture(id) ?? notRecorded(id);
    return new Response(ReadableStream.from(pieces), {
      headers: {
        "content-type": "application/vnd.tcpdump.pcap",
        "content-disposition": `attachment; filename="${id}.pcap"`,
      },
    });
  });
}

function notRecorded(id: string): never {
  throw new HttpProblem(404, `Cannot find packets of thing '${id}': none were recorded lately`);
}

async function writable(
  ground: HttpGround,
  { params, caller }: Pick<UserInput<unknown, unknown>, "params" | "caller">,
): Promise<string> {
  const id = params["id"]!;
  await entitled(ground, managedThing(ground), { id, caller, policy: "write" });
  return id;
}

function shown({ startedMs, untilMs, ...state }: DeviceRecording): z.infer<typeof stateSchema> {
  const { recording, payloads, packets, bytes, dropped } = state;
  return {
    recording,
    from: new Date(startedMs).toISOString(),
    until: new Date(untilMs).toISOString(),
    payloads,
    packets,
    bytes,
    dropped,
  };
}
