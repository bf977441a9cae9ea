/** An engine cannot be had on this machine; the text says what a person can do. */
export class EngineMissing extends Error {
  override readonly name = "EngineMissing";
}
