/**
 * The demonstration of `start --demo`: real data through the real edges, then questions.
 *
 * Main path: `playDemo` sets two weather stations up over REST (`setup.ts`), plays four years of
 * observations of two cities, one station by MQTT and one by HTTP (`play.ts`), then asks the
 * platform what happened and prints question and answer (`story.ts`).
 *
 * It is a client like any other: sockets only, nothing of the platform is called from here. Every
 * run makes its own stations, so that it can be repeated on the same data folder.
 */
export { type DemoGround, playDemo } from "./demo.ts";
