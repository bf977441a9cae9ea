import { TransientError } from "../../../actors/mod.ts";
import type { EngineStatus } from "../../../actors/mod.ts";
import type { MeasuredMessage } from "../measurements.ts";
import type { TimeSeriesStore } from "../time_series_store.ts";
import { InfluxConnection, type InfluxGround, type InfluxSettings } from "./connection.ts";
import { SLICE_MS, WRITE_BYTES_MAX, WRITES_MAX } from "./limits.ts";
import {
  documentFields,
  documentSeries,
  lineOf,
  placeOf,
  pointFields,
  pointSeries,
  type SeriesHead,
  unreadableFields,
  unreadableSeries,
} from "./lines.ts";
import { LocalFile } from "./local_file.ts";
import type { Tag } from "./texts.ts";

interface Numbered {
  readonly timeUs: number;
  readonly fields: string;
}

/**
 * Writes first, checkpoint after. What numbers the records moves in one transaction with the
 * checkpoint: after a crash between the two the same messages come to the same points.
 */
export class InfluxTimeSeries implements TimeSeriesStore {
  readonly mayBeAway = true;
  readonly sliceMs = SLICE_MS;
  readonly local: LocalFile;
  readonly connection: InfluxConnection;

  /** `folder` keeps the local file; `:memory:` in tests. */
  constructor(folder: string, settings: InfluxSettings, ground: InfluxGround) {
    this.local = new LocalFile(folder);
    this.connection = new InfluxConnection(settings, ground);
    this.connection.watch();
  }

  checkpoint(): Promise<number> {
    return this.local.checkpoint();
  }

  async apply(messages: readonly MeasuredMessage[], checkpoint: number): Promise<void> {
    // What stands before the checkpoint is written, and would be numbered once more.
    const reached = this.local.file.checkpoint();
    const fresh = messages.filter(({ position }) => position > reached);
    try {
      const longTexts = await this.#write(fresh);
      await this.local.apply(longTexts, checkpoint);
      this.local.identities.saved();
    } catch (error) {
      this.local.identities.forget();
      throw error;
    }
  }

  caughtUp(): void {
    this.local.caughtUp();
  }

  /** Of the engine; answers at once. */
  status(): Promise<EngineStatus> {
    return Promise.resolve(this.connection.status());
  }

  close(): Promise<void> {
    return this.local.close();
  }

  async #write(messages: readonly MeasuredMessage[]): Promise<readonly Required<Tag>[]> {
    const longTexts: Required<Tag>[] = [];
    if (messages.length === 0) return longTexts;
    const bucketId = await this.connection.bucket();
    if (!this.local.belongsTo(bucketId)) {
      throw new TransientError("The bucket is another one than before: it is filled from the log");
    }
    const writes = new Writes(this.connection);
    let lines: string[] = [];
    let bytes = 0;
    for (const message of messages) {
      for (const { line, long } of this.#linesOf(message)) {
        longTexts.push(...long);
        lines.push(line);
        bytes += line.length;
        if (bytes < WRITE_BYTES_MAX) continue;
        await writes.add(lines);
        lines = [];
        bytes = 0;
      }
    }
    if (lines.length > 0) await writes.add(lines);
    await writes.end();
    return longTexts;
  }

  *#linesOf(
    message: MeasuredMessage,
  ): Generator<{ readonly line: string; readonly long: readonly Required<Tag>[] }> {
    const line = ({ head, long }: SeriesHead, record: Numbered) => ({
      line: lineOf(head, record.fields, this.local.identities.next(head, record.timeUs)),
      long,
    });
    switch (message.reading.kind) {
      case "points":
        for (const point of message.reading.points) {
          const fields = pointFields(point, placeOf(message, point.record));
          yield line(pointSeries(message, point), { timeUs: point.timeUs, fields });
        }
        return;
      case "documents": {
        const series = documentSeries(message);
        for (const [record, document] of message.reading.documents.entries()) {
          const fields = documentFields(document, placeOf(message, record));
          yield line(series, { timeUs: message.receivedUs, fields });
        }
        return;
      }
      case "unreadable":
        yield line(unreadableSeries(message), {
          timeUs: message.receivedUs,
          fields: unreadableFields(placeOf(message, 0)),
        });
        return;
      case "opaque":
        return;
    }
  }
}

/** Writes of one slice, of which a few are under way at once: their order is of no account. */
class Writes {
  readonly #connection: InfluxConnection;
  readonly #underWay = new Set<Promise<void>>();
  #failed: unknown;

  constructor(connection: InfluxConnection) {
    this.#connection = connection;
  }

  /** Waits while too many are under way; throws if one has failed. */
  async add(lines: readonly string[]): Promise<void> {
    const write = this.#connection.write(lines.join("\n"))
      .catch((error: unknown) => {
        this.#failed ??= error;
      })
      .finally(() => this.#underWay.delete(write));
    this.#underWay.add(write);
    // A turn of the loop: the bytes go out, and whoever asks the thread something is answered.
    await new Promise((resolve) => setTimeout(resolve, 0));
    while (this.#underWay.size >= WRITES_MAX) await Promise.race(this.#underWay);
    if (this.#failed !== undefined) await this.end();
  }

  /** Until all are answered; throws what the first failed of. */
  async end(): Promise<void> {
    await Promise.all(this.#underWay);
    if (this.#failed !== undefined) throw this.#failed;
  }
}
