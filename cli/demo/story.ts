import { examineBundle } from "../history_bundle.ts";
import type { Stage } from "./setup.ts";
import { sparkline } from "./sparkline.ts";

type Say = (text: string) => void;

/** The instant before the operator changed anything, RFC 3339. */
export interface Story {
  readonly before: string;
  readonly say: Say;
}

interface ReaderPage {
  readonly total: number;
  readonly messages: readonly { readonly time: number; readonly value: number }[];
}

interface ThingView {
  readonly name: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

interface HistoryPage {
  readonly total: number;
  readonly events: readonly {
    readonly type: string;
    readonly at: string;
    readonly principal: { readonly kind: string; readonly id: string; readonly name?: string };
    readonly via: { readonly edge: string; readonly address: string };
    readonly changes: readonly { readonly op: string; readonly path: string; value?: unknown }[];
  }[];
}

/** Days of one bar of the chart: four years fit into half a line. */
const BAR_DAYS = 30;
/** Events of the history that are shown. */
const EVENTS_SHOWN = 8;

/** What was measured: averages over thirty days, computed by the platform. */
export async function whatWasMeasured(stage: Stage, { say }: Story): Promise<void> {
  const path = `/channels/${stage.channelId}/messages`;
  const { total } = await stage.admin.get<ReaderPage>(`${path}?limit=1`);
  say(`\n  1  What was measured?   GET ${path}?name=temperature-max`);
  say(`       &publisher={thing}&aggregation=AVG&interval=${BAR_DAYS}d`);
  for (const station of [stage.seattle, stage.newYork]) {
    const { messages } = await stage.admin.get<ReaderPage>(
      `${path}?name=temperature-max&publisher=${station.id}&aggregation=AVG` +
        `&interval=${BAR_DAYS}d&limit=100&dir=asc`,
    );
    const values = messages.map(({ value }) => value);
    const [low, high] = [Math.min(...values).toFixed(0), Math.max(...values).toFixed(0)];
    say(`     ${station.city.padEnd(9)} ${sparkline(values)}  ${low} to ${high} Cel`);
  }
  say(`     ${"".padEnd(9)} ${["2012", "2013", "2014", "2015"].map((y) => y.padEnd(12)).join("")}`);
  say(
    `     ${total.toLocaleString("en")} measurements can be asked for, by any key of the readers`,
  );
}

/** How it was then: the same question, at two instants. */
export async function howItWas(stage: Stage, { before, say }: Story): Promise<void> {
  const path = `/things/${stage.seattle.id}`;
  say("\n  2  How was it then?     While it played, the operator moved a station and renamed it");
  say(`     now                             ${shown(await stage.admin.get<ThingView>(path))}`);
  const then = await stage.admin.get<ThingView>(`${path}?at=${before}`);
  say(`     ?at=${before}    ${shown(then)}`);
}

function shown({ name, metadata }: ThingView): string {
  return `'${name}' ${JSON.stringify(metadata)}`;
}

/** Who changed what, from where. */
export async function whoChangedWhat(stage: Stage, { say }: Story): Promise<void> {
  const path = `/things/${stage.seattle.id}/history`;
  const { total, events } = await stage.admin.get<HistoryPage>(
    `${path}?dir=asc&limit=${EVENTS_SHOWN}`,
  );
  say(`\n  3  Who changed what?    GET ${path}`);
  for (const { type, at, principal, via, changes } of events) {
    const who = principal.kind === "thing" ? "the station" : principal.name ?? principal.kind;
    const what = changes.filter(({ op }) => op === "replace").map(({ path, value }) =>
      `${path.slice(1)}: ${JSON.stringify(value)}`
    ).join("  ");
    say(`     ${at.slice(11, 23)} ${type.padEnd(16)} ${who.padEnd(27)} ${via.edge} ${what}`);
  }
  if (total > events.length) say(`     and ${total - events.length} more`);
}

/** Nobody changed it since: checked offline, and a changed copy is found. */
export async function whetherItHolds(stage: Stage, { say }: Story): Promise<void> {
  const path = `/things/${stage.seattle.id}/history/export`;
  say(`\n  4  Can it be trusted?   GET ${path}`);
  const bundle = await stage.admin.text(path);
  const { count, problems } = examineBundle(bundle);
  say(`     the export             ${verdict(problems, `${count} events verified offline`)}`);
  const forged = bundle.replace("roof", "cellar");
  const found = examineBundle(forged).problems.map((each) =>
    each.replace(` of thing-${stage.seattle.id}`, "")
  );
  say(`     'roof' made 'cellar'   ${verdict(found, "nothing found")}`);
}

function verdict(problems: readonly string[], fine: string): string {
  return problems.length === 0 ? fine : problems.join("\n                            ");
}
