import { testClient } from "./scenario.ts";

const here = import.meta.dirname!;

testClient({
  name: "paho for Python",
  wanted: "apt-get install -y python3-paho-mqtt",
  command: async () => {
    // Debian's own interpreter: another one does not see Debian's packages.
    await Deno.stat("/usr/lib/python3/dist-packages/paho");
    return ["/usr/bin/python3", `${here}/paho_python.py`];
  },
});
