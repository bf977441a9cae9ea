import assert from "node:assert/strict";
import { InvariantViolation } from "../../../actors/mod.ts";
import { sparkline } from "../../../cli/demo/sparkline.ts";
import { parsedWeather, weatherObservations } from "../../../cli/demo/weather.ts";

Deno.test("weather: reads four years of days of two cities", async () => {
  const observations = await weatherObservations();
  const cities = Map.groupBy(observations, ({ city }) => city);
  assert.deepEqual([...cities.keys()], ["Seattle", "New York"]);
  for (const days of cities.values()) {
    assert.equal(days.length, 1461);
    assert.ok(days.every(({ timeS }, i) => i === 0 || timeS - days[i - 1]!.timeS === 86_400));
  }
});

Deno.test("weather: writes a day as SenML with its units and its time once", () => {
  const [day] = parsedWeather(
    "location,date,precipitation,temp_max,temp_min,wind,weather\nSeattle,2012-01-02,10.9,10.6,2.8,4.5,rain\n",
  );
  assert.equal(day!.city, "Seattle");
  assert.deepEqual(JSON.parse(day!.senml), [
    { bt: Date.UTC(2012, 0, 2, 12) / 1_000, n: "temperature-max", u: "Cel", v: 10.6 },
    { n: "temperature-min", u: "Cel", v: 2.8 },
    { n: "precipitation", u: "mm", v: 10.9 },
    { n: "wind", u: "m/s", v: 4.5 },
    { n: "weather", vs: "rain" },
  ]);
});

Deno.test("weather: refuses a file with other columns", () => {
  assert.throws(() => parsedWeather("a,b\n1,2\n"), InvariantViolation);
});

Deno.test("sparkline: draws the smallest lowest and the largest highest", () => {
  assert.equal(sparkline([0, 7, 3.4]), "▁█▄");
  assert.equal(sparkline([5, 5]), "▁▁");
  assert.equal(sparkline([1, NaN, 2]), "▁ █");
});
