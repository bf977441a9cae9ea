import { hash, verify } from "@node-rs/argon2";
import { HttpProblem } from "../problem.ts";
import { HASHINGS_MAX, PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from "../limits.ts";

/** argon2id with OWASP's first recommended parameters: 19 MiB, 2 passes, 1 lane. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Verified against when there is no user: an unknown name takes as long as a wrong password. */
let nobodysHash: Promise<string> | undefined;

/** Of this process, because the processor is: each holds a core for about 20 ms, and 19 MiB. */
let underWay = 0;

/** Refuses work instead of letting a flood of sign-ins take processor and memory from everything else. */
async function bounded<T>(work: () => Promise<T>): Promise<T> {
  if (underWay >= HASHINGS_MAX) {
    throw new HttpProblem(503, `Cannot check a password now: ${HASHINGS_MAX} are being checked`);
  }
  underWay++;
  try {
    return await work();
  } finally {
    underWay--;
  }
}

/** PHC string form. */
export function hashPassword(password: string): Promise<string> {
  return bounded(() => hash(password, PARAMETERS));
}

export async function passwordMatches(
  password: string,
  stored: string | undefined,
): Promise<boolean> {
  nobodysHash ??= hash("nobody has this password", PARAMETERS);
  const against = stored ?? await nobodysHash;
  const matches = await bounded(() => verify(against, password));
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
