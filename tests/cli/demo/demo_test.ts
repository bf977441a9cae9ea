import assert from "node:assert/strict";

const root = new URL("../../../", import.meta.url).pathname;
/** The demonstration's last line begins so. */
const LAST = "The platform goes on running";

/** Starts the platform with its demonstration as a person does; answers what the terminal shows. */
async function demonstration(folder: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "main.ts", "--demo", "--data", folder, "--http-port=0", "--mqtt-port=0"],
    cwd: root,
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let shown = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    if (!shown.includes(LAST) && (shown += text).includes(LAST)) child.kill("SIGTERM");
  }
  assert.equal((await child.status).code, 0, shown);
  return shown;
}

Deno.test("demo: plays the weather through the edges and shows what the platform is for, twice on one folder", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (let run = 0; run < 2; run++) {
      const shown = await demonstration(folder);
      assert.match(shown, /2,922 messages with 14,610 measurements in [\d.]+ s/);
      // Fifty averages over thirty days, least and greatest computed apart from this code.
      assert.match(shown, /Seattle {3}[▁▂▃▄▅▆▇█]{50} {2}6 to 28 Cel/);
      assert.match(shown, /New York {2}[▁▂▃▄▅▆▇█]{50} {2}1 to 31 Cel/);
      assert.match(shown, /14,610 measurements can be asked for/);
      assert.match(shown, /now +'Seattle station, moved' {"height_m":21,"place":"roof"}/);
      assert.match(shown, /\?at=\S+ +'Seattle station' {"height_m":2}/);
      assert.match(shown, /ThingCreated +admin@example.com +http/);
      assert.match(shown, /SessionConnected +the station +mqtt/);
      assert.match(shown, /ThingUpdated +operator-\w+@example.com +http .*name: "Seattle/);
      assert.match(shown, /the export +\d+ events verified offline/);
      assert.match(shown, /'roof' made 'cellar' +event [0-9a-f-]{36} \(ThingUpdated.*was altered/);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
