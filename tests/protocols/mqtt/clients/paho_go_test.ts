import { built, testClient } from "./scenario.ts";

const here = import.meta.dirname!;
const SOURCES = ["go.mod", "go.sum", "main.go", "client4.go", "client5.go"];

testClient({
  name: "paho for Go",
  wanted: "apt-get install -y golang-go",
  command: async () => {
    const target = `${here}/build/paho_go`;
    const sources = SOURCES.map((name) => `${here}/go/${name}`);
    // The versions and their sums are fixed in go.mod and go.sum.
    return [
      await built(target, {
        sources,
        compile: ["go", "build", "-mod=readonly", "-buildvcs=false", "-o", target, "."],
        env: { CGO_ENABLED: "0" },
      }),
    ];
  },
});
