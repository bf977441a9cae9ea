import { headers, type Msg } from "@nats-io/nats-core";
import { InvariantViolation, TransientError } from "../../errors.ts";
import { REQUEST_BYTES_MAX, type Requests } from "../../nodes/mod.ts";
import type { Logger } from "../../platform/mod.ts";
import { ANSWERS_AT_ONCE_MAX } from "./limits.ts";
import type { NatsLink } from "./link.ts";
import type { Names } from "./names.ts";
import { isUnanswered, natsTranslated } from "./nats_errors.ts";
import { plainBytes } from "./plain_bytes.ts";

const NAME = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
/** Those that answer under one name share its questions. */
const QUEUE = "answer";
/** Marks the answer of a node that has no room for the question: it was not looked at. */
const BUSY = "Millrace-Busy";

export interface RequestsGround {
  readonly link: NatsLink;
  readonly names: Names;
  readonly logger: Logger;
}

/** Questions between nodes as requests of NATS, which knows whether anybody listens. */
export class NatsRequests implements Requests {
  readonly #ground: RequestsGround;
  #answering = 0;

  constructor(ground: RequestsGround) {
    this.#ground = ground;
  }

  async ask(
    name: string,
    question: Uint8Array,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<Uint8Array | undefined> {
    const { link, names } = this.#ground;
    checkName(name);
    checkSize(`ask '${name}'`, question);
    const untilMs = performance.now() + timeoutMs;
    await link.upBefore(untilMs);
    try {
      const timeout = Math.max(1, untilMs - performance.now());
      const answer = await link.whileUp(
        link.connection.request(names.ask(name), question, { timeout }),
      );
      if (answer.headers?.has(BUSY) !== true) return plainBytes(answer.data);
    } catch (cause) {
      if (isUnanswered(cause)) return undefined;
      throw natsTranslated(`ask '${name}'`, cause);
    }
    throw new TransientError(
      `Cannot ask '${name}': it answers ${ANSWERS_AT_ONCE_MAX} questions already, ask again`,
    );
  }

  async answer(
    name: string,
    reply: (question: Uint8Array) => Promise<Uint8Array>,
  ): Promise<() => void> {
    const { names, logger } = this.#ground;
    checkName(name);
    const respond = async (message: Msg) => {
      this.#answering++;
      try {
        const answer = await reply(plainBytes(message.data));
        checkSize(`answer '${name}'`, answer);
        message.respond(answer);
      } catch (error) {
        logger.warn("question not answered", { name, error: String(error) });
      } finally {
        this.#answering--;
      }
    };
    return await this.#subscribe(names.ask(name), {
      queue: QUEUE,
      heard: (message) => {
        if (this.#answering < ANSWERS_AT_ONCE_MAX) void respond(message);
        else message.respond(new Uint8Array(), { headers: busy() });
      },
    });
  }

  tell(name: string, message: Uint8Array): void {
    const { link, names } = this.#ground;
    checkName(name);
    checkSize(`tell '${name}'`, message);
    if (!link.connection.isClosed()) link.connection.publish(names.tell(name), message);
  }

  async listen(name: string, heard: (message: Uint8Array) => void): Promise<() => void> {
    checkName(name);
    return await this.#subscribe(this.#ground.names.tell(name), {
      heard: (message) => {
        try {
          heard(plainBytes(message.data));
        } catch (error) {
          // What it throws must not reach the client, which would stop reading its line.
          this.#ground.logger.warn("message not heard", { name, error: String(error) });
        }
      },
    });
  }

  /** Resolves once the server knows of it. */
  async #subscribe(
    subject: string,
    { queue, heard }: { readonly queue?: string; readonly heard: (message: Msg) => void },
  ): Promise<() => void> {
    const { link, logger } = this.#ground;
    const subscription = link.connection.subscribe(subject, {
      ...(queue === undefined ? {} : { queue }),
      callback: (error, message) => {
        if (error === null) heard(message);
        else logger.error("cannot listen", { subject, error: error.message });
      },
    });
    const end = () => {
      if (!link.connection.isClosed()) subscription.unsubscribe();
    };
    try {
      await link.whileUp(link.connection.flush());
    } catch (cause) {
      end();
      throw natsTranslated(`listen to '${subject}'`, cause);
    }
    return end;
  }
}

function busy() {
  const marked = headers();
  marked.set(BUSY, "1");
  return marked;
}

function checkName(name: string): void {
  if (NAME.test(name)) return;
  throw new InvariantViolation(
    `Cannot ask '${name}': a name is words of letters, digits, '-' and '_' with points between them`,
  );
}

function checkSize(action: string, { length }: Uint8Array): void {
  if (length <= REQUEST_BYTES_MAX) return;
  throw new InvariantViolation(
    `Cannot ${action} with ${length} bytes: at most ${REQUEST_BYTES_MAX} are allowed`,
  );
}
