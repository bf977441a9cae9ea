import { z } from "@hono/zod-openapi";
import { type DeadLetter, TerminalError } from "../../../actors/mod.ts";
import type { UserCaller } from "../auth/mod.ts";
import type { HttpGround } from "../ground.ts";
import { PAGE_LIMIT, PAGE_LIMIT_MAX } from "../limits.ts";
import { HttpProblem } from "../problem.ts";
import { type HttpApp, onUser } from "../route.ts";
import { wholeNumber } from "../schemas.ts";

const PATH = "/mailbox/dead-letters";

const letterSchema = z.object({
  sequence: z.number().int(),
  at: z.string(),
  partition: z.number().int(),
  frame_sequence: z.number().int(),
  attempts: z.number().int(),
  code: z.string().openapi({ description: "of the rejection, or failed" }),
  reason: z.string(),
  message_count: z.number().int(),
  channel_ids: z.array(z.string()).openapi({ description: "the first of them" }),
  bytes: z.number().int(),
}).openapi("DeadLetter");

/** A sequence in a path, and what a cursor is. */
const sequenceSchema = wholeNumber(0, Number.MAX_SAFE_INTEGER);

const sequenceParams = {
  sequence: z.string().regex(/^\d{1,15}$/, "a whole number is needed"),
};

/** Messages whose devices were acknowledged and that could not be stored: nothing of them may vanish. */
export function registerMailbox(app: HttpApp, ground: HttpGround): void {
  onUser({ app, ground }, {
    method: "get",
    path: PATH,
    summary: "What the mailbox set aside, oldest first, for administrators",
    query: z.object({
      cursor: sequenceSchema.optional().openapi({ description: "next_cursor of the page before" }),
      limit: wholeNumber(1, PAGE_LIMIT_MAX).optional().openapi({ default: PAGE_LIMIT }),
    }),
    status: 200,
    answer: z.object({
      dead_letters: z.array(letterSchema),
      next_cursor: z.number().int().optional(),
    }),
  }, async (context, { caller, query }) => {
    checkAdministrator(caller, "list dead letters");
    const { cursor = 0, limit = PAGE_LIMIT } = query;
    const { letters, nextCursor } = await ground.deadLetters.list({ cursor, limit });
    return context.json({
      dead_letters: letters.map(shown),
      ...(nextCursor === undefined ? {} : { next_cursor: nextCursor }),
    });
  });
  onUser({ app, ground }, {
    method: "post",
    path: `${PATH}/{sequence}/replay`,
    params: sequenceParams,
    summary: "Puts a dead letter into the mailbox again and removes it, for administrators",
    status: 202,
  }, async (context, { caller, params }) => {
    checkAdministrator(caller, "replay a dead letter");
    const sequence = Number(params["sequence"]);
    if (!await replayed(ground, sequence)) throw unknown(sequence);
    ground.logger.info("dead letter replayed", { sequence, user: caller.authority.userId });
    return context.body(null, 202);
  });
  onUser({ app, ground }, {
    method: "delete",
    path: `${PATH}/{sequence}`,
    params: sequenceParams,
    summary: "Removes a dead letter for good, for administrators",
    status: 204,
  }, async (context, { caller, params }) => {
    checkAdministrator(caller, "remove a dead letter");
    const sequence = Number(params["sequence"]);
    if (!await ground.deadLetters.remove(sequence)) throw unknown(sequence);
    ground.logger.info("dead letter removed", { sequence, user: caller.authority.userId });
    return context.body(null, 204);
  });
}

async function replayed({ deadLetters }: HttpGround, sequence: number): Promise<boolean> {
  try {
    return await deadLetters.replay(sequence);
  } catch (error) {
    if (!(error instanceof TerminalError)) throw error;
    throw new HttpProblem(409, `Cannot replay dead letter '${sequence}': ${error.message}`);
  }
}

function checkAdministrator({ authority }: UserCaller, action: string): void {
  if (authority.role === "admin") return;
  throw new HttpProblem(403, `Cannot ${action}: only an administrator may`);
}

function unknown(sequence: number): HttpProblem {
  return new HttpProblem(404, `Cannot find dead letter '${sequence}': it does not exist`);
}

function shown(letter: DeadLetter): z.infer<typeof letterSchema> {
  return {
    sequence: letter.sequence,
    at: new Date(letter.atMs).toISOString(),
    partition: letter.partition,
    frame_sequence: letter.frameSequence,
    attempts: letter.attempts,
    code: letter.code,
    reason: letter.reason,
    message_count: letter.messageCount,
    channel_ids: [...letter.channelIds],
    bytes: letter.bytes,
  };
}
