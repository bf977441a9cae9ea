import { eitherCaller } from "../auth/mod.ts";
import type { HttpGround } from "../ground.ts";
import { HttpProblem } from "../problem.ts";
import type { HttpContext } from "../route.ts";

/** Who reads, and in which domain the channel lies. */
export interface ChannelReader {
  readonly domainId: string;
  /** Still true: asked again while a stream runs. */
  readonly stillMay: () => boolean;
}

/** A user who owns the channel or shares it, an administrator, or a thing that may subscribe. */
export async function channelReader(
  ground: HttpGround,
  context: HttpContext,
  { channelId }: { readonly channelId: string },
): Promise<ChannelReader> {
  const caller = await eitherCaller(ground, context);
  const { access } = ground;
  const may = caller.kind === "thing"
    ? () => access.maySubscribe(caller.thing.id, channelId)
    : () => {
      const channel = access.channel(channelId);
      const user = access.user(caller.authority.userId);
      if (channel === undefined || user?.enabled !== true) return false;
      if (channel.domainId !== caller.domainId) return false;
      return user.role === "admin" || channel.ownerId === user.id ||
        channel.shares[user.id]?.includes("read") === true;
    };
  if (!may()) {
    const known = caller.kind === "user" &&
      access.channel(channelId)?.domainId === caller.domainId;
    if (caller.kind === "user" && !known) {
      throw new HttpProblem(404, `Cannot find channel '${channelId}': it does not exist`);
    }
    throw new HttpProblem(
      403,
      `Cannot read channel '${channelId}': neither connected nor entitled`,
    );
  }
  const domainId = caller.kind === "thing" ? caller.thing.domainId : caller.domainId;
  return { domainId, stillMay: may };
}
