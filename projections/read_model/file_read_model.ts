import type { ReadModel } from "../runner/mod.ts";
import { openReadModelFile, type ReadModelFile } from "./read_model_file.ts";

/** A read model in a file of its own; what its writes mean is what each of them adds. */
export abstract class FileReadModel<W> implements ReadModel<W> {
  readonly file: ReadModelFile;

  /** `folder` is `:memory:` in tests. */
  constructor(
    folder: string,
    model: { readonly name: string; readonly version: number; readonly schema: string },
  ) {
    this.file = openReadModelFile(folder, model);
  }

  /** Called in the transaction that moves the checkpoint. */
  protected abstract write(writes: readonly W[]): void;

  checkpoint(): Promise<number> {
    return Promise.resolve(this.file.checkpoint());
  }

  // deno-lint-ignore require-await -- the port is asynchronous, SQLite is not
  async apply(writes: readonly W[], checkpoint: number): Promise<void> {
    this.file.advance(checkpoint, () => this.write(writes));
  }

  caughtUp(): void {
    this.file.removeOlderVersions();
  }

  // deno-lint-ignore require-await -- the port is asynchronous, SQLite is not
  async close(): Promise<void> {
    this.file.close();
  }
}
