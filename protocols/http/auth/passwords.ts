import { hash, verify } from "@node-rs/argon2";
import { HttpProblem } from "../problem.ts";
import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from "../limits.ts";

/** argon2id with OWASP's first recommended parameters: 19 MiB, 2 passes, 1 lane. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Verified against when there is no user: an unknown name takes as long as a wrong password. */
let nobodysHash: Promise<string> | undefined;

/** PHC string form. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, PARAMETERS);
}

export async function passwordMatches(
  password: string,
  stored: string | undefined,
): Promise<boolean> {
  nobodysHash ??= hashPassword("nobody has this password");
  const matches = await verify(stored ?? await nobodysHash, password);
  return matches && stored !== undefined;
}

export function checkPassword(password: string, field: string): void {
  if (password.length >= PASSWORD_LENGTH_MIN && password.length <= PASSWORD_LENGTH_MAX) return;
  throw new HttpProblem(
    400,
    `Cannot accept ${field} of ${password.length} characters: ${PASSWORD_LENGTH_MIN} to ${PASSWORD_LENGTH_MAX} are allowed`,
    field,
  );
}
