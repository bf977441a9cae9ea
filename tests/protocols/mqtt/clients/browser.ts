import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import bundle from "mqtt/dist/mqtt.min" with { type: "text" };
import { type Browser, chromium, type Page } from "playwright-core";
import type { Identity } from "../../sockets/authority.ts";

/** Where Debian's package puts it. */
const PROGRAM = "/usr/bin/chromium";
/** A page that still waits by then waits for ever, in milliseconds. */
const SITE_MS_MAX = 30_000;

/** Starts a browser without a window, which believes the certificate of `trusted` and no other. */
export async function startBrowser(trusted: Identity): Promise<Browser> {
  await Deno.stat(PROGRAM).catch(() => {
    assert.fail("chromium is missing, install it: apt-get install -y chromium");
  });
  const publicKey = createHash("sha256")
    .update(new Uint8Array(trusted.certificate.publicKey.rawData)).digest("base64");
  return await chromium.launch({
    executablePath: PROGRAM,
    // The tests run as root, whom the sandbox of Chromium refuses.
    chromiumSandbox: false,
    args: [`--ignore-certificate-errors-spki-list=${publicKey}`],
  });
}

/** A site of somebody else, whose page has loaded mqtt.js as pages do. */
export interface Site {
  /** Opens its page in another tab. */
  open(): Promise<Page>;
}

/**
 * Serves a site for the time of a test, to tabs that share nothing with those of other tests. What
 * still waits for a page after a while fails, because its tab is closed.
 */
export async function withSite(
  browser: Browser,
  test: (site: Site) => Promise<void>,
): Promise<void> {
  const html = "<!DOCTYPE html><title>a page</title><script src=mqtt.js></script>";
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const isScript = new URL(request.url).pathname === "/mqtt.js";
    return new Response(isScript ? bundle : html, {
      headers: { "content-type": isScript ? "text/javascript" : "text/html" },
    });
  });
  const context = await browser.newContext();
  const late = setTimeout(() => void context.close(), SITE_MS_MAX);
  try {
    await test({
      async open() {
        const page = await context.newPage();
        await page.goto(`http://127.0.0.1:${server.addr.port}/`);
        return page;
      },
    });
  } finally {
    clearTimeout(late);
    await context.close();
    await server.shutdown();
  }
}
