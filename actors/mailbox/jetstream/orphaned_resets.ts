let isListening = false;

/**
 * The client lets go of a socket that a server refused or that broke before it has closed it, and with
 * Deno its last reset is then told to nobody: that would end the process. A socket that is in use has
 * somebody who hears of it, so a reset that comes here is one that nobody can miss.
 */
export function outliveOrphanedResets(): void {
  if (isListening) return;
  isListening = true;
  globalThis.addEventListener("error", (event) => {
    const { code, syscall } = (event.error ?? {}) as { code?: unknown; syscall?: unknown };
    if (code === "ECONNRESET" && syscall === "read") event.preventDefault();
  });
}
