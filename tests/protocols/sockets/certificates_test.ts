import assert from "node:assert/strict";
import { type Logger, ManualClock, silentLogger, UsageError } from "../../../actors/mod.ts";
import { Certificates, type TlsFiles } from "../../../protocols/sockets/mod.ts";
import { Authority, withPems } from "./authority.ts";

const authority = await Authority.make();
const other = await Authority.make("another authority");
const server = await authority.issue({ subject: "CN=first", names: ["localhost", "127.0.0.1"] });
const wild = await authority.issue({ subject: "CN=x", names: ["*.iot.example", "Iot.Example"] });
const device = await authority.issue({ subject: "CN=device" });

const PEMS = {
  cert: server.cert,
  key: server.key,
  wildCert: wild.cert,
  wildKey: wild.key,
  ca: authority.cert,
  crl: await authority.revoking(device),
  foreignCrl: await other.revoking(device),
  nonsense: "nonsense",
};

const ground = { clock: new ManualClock(), logger: silentLogger };

async function withCertificates(
  run: (it: {
    readonly open: (files?: Partial<TlsFiles>, logger?: Logger) => Promise<Certificates>;
    readonly path: (name: string) => string;
  }) => Promise<void>,
): Promise<void> {
  await withPems(PEMS, async (path) => {
    const opened: Certificates[] = [];
    await run({
      path,
      async open(files = {}, logger = silentLogger) {
        const standard = { certs: [path("cert")], keys: [path("key")] };
        const certificates = await Certificates.open({ ...standard, ...files }, {
          clock: ground.clock,
          logger,
        });
        opened.push(certificates);
        return certificates;
      },
    });
    for (const certificates of opened) certificates.close();
  });
}

Deno.test("certificates: a file that cannot be used is named with its flag and what would be right", () =>
  withCertificates(async ({ open, path }) => {
    const cases: readonly (readonly [Partial<TlsFiles>, RegExp])[] = [
      [{ certs: [path("none")] }, /--tls-cert '.*none\.pem': it must be a file that can be read/],
      [{ certs: [path("nonsense")] }, /--tls-cert '.*': it must be a PEM file of a certificate/],
      [{ keys: [path("none")] }, /--tls-key '.*none\.pem': it must be a file that can be read/],
      [{ keys: [path("nonsense")] }, /--tls-key '.*': it must be a PEM file of the private key/],
      [{ keys: [path("wildKey")] }, /--tls-key '.*wildKey\.pem': .* private key of '.*cert\.pem'/],
      [{ clientCa: path("key") }, /--tls-client-ca '.*': it must be a PEM file of a certificate/],
      [
        { clientCa: path("ca"), crl: path("nonsense") },
        /--tls-crl '.*': it must be a PEM file of at least one revocation list/,
      ],
      [
        { clientCa: path("ca"), crl: path("foreignCrl") },
        /--tls-crl .*signed by --tls-client-ca, which that of 'CN=another authority' is not/,
      ],
      [{ clientCa: path("ca"), crl: path("cert") }, /--tls-crl '.*': it must be/],
    ];
    for (const [files, said] of cases) {
      await assert.rejects(open(files), (error) => {
        assert.ok(error instanceof UsageError, String(error));
        assert.match(error.message, said);
        return true;
      });
    }
  }));

Deno.test("certificates: the one for the server's name is chosen, a whole name before a wildcard", () =>
  withCertificates(async ({ open, path }) => {
    const certificates = await open({
      certs: [path("cert"), path("wildCert")],
      keys: [path("key"), path("wildKey")],
    });
    const first = certificates.contextFor("localhost");
    const second = certificates.contextFor("a.iot.example");
    assert.ok(first !== undefined && second !== undefined);
    assert.notEqual(first, second);
    assert.equal(certificates.contextFor("A.IOT.example"), second);
    assert.equal(certificates.contextFor("iot.example"), second);
    for (const stranger of ["a.b.iot.example", "iot.example.org", "", "*", "example"]) {
      assert.equal(certificates.contextFor(stranger), undefined, stranger);
    }
    assert.equal(certificates.standard.cert, server.cert);
  }));

Deno.test("certificates: one is revoked by its number and its issuer together", () =>
  withCertificates(async ({ open, path }) => {
    const certificates = await open({ clientCa: path("ca"), crl: path("crl") });
    const shown = ({ certificate }: typeof device, serialNumber = certificate.serialNumber) => ({
      serialNumber,
      raw: new Uint8Array(certificate.rawData),
    });
    assert.equal(certificates.isRevoked(shown(device)), true);
    assert.equal(certificates.isRevoked(shown(device, `00${shown(device).serialNumber}`)), true);
    assert.equal(certificates.isRevoked(shown(server)), false);
    let namesake = await other.issue({ subject: "CN=device" });
    while (namesake.certificate.serialNumber !== device.certificate.serialNumber) {
      namesake = await other.issue({ subject: "CN=device" });
    }
    assert.equal(certificates.isRevoked(shown(namesake)), false);
  }));

Deno.test("certificates: files that changed are read again, and nobody is told of those that did not", () =>
  withCertificates(async ({ open, path }) => {
    const certificates = await open({ clientCa: path("ca"), crl: path("crl") });
    let told = 0;
    certificates.onChange(() => told++);
    assert.equal(await certificates.check(), false);
    await Deno.writeTextFile(path("cert"), wild.cert);
    await Deno.writeTextFile(path("key"), wild.key);
    assert.equal(await certificates.check(), true);
    assert.equal(certificates.standard.cert, wild.cert);
    assert.equal(certificates.contextFor("localhost"), undefined);
    await Deno.writeTextFile(path("crl"), await authority.revoking());
    assert.equal(await certificates.check(), true);
    const { serialNumber, rawData } = device.certificate;
    assert.equal(certificates.isRevoked({ serialNumber, raw: new Uint8Array(rawData) }), false);
    assert.equal(await certificates.check(), false);
    assert.equal(told, 2);
  }));

Deno.test("certificates: while new files do not fit together those of before hold, which is said once", () =>
  withCertificates(async ({ open, path }) => {
    const errors: string[] = [];
    const certificates = await open({}, {
      ...silentLogger,
      error: (_text, fields) => errors.push(JSON.stringify(fields)),
    });
    await Deno.writeTextFile(path("cert"), wild.cert);
    assert.equal(await certificates.check(), false);
    assert.equal(await certificates.check(), false);
    assert.equal(certificates.standard.cert, server.cert);
    assert.equal(errors.length, 1);
    assert.match(errors[0]!, /--tls-key .* it must be a PEM file of the private key of/);
    await Deno.writeTextFile(path("key"), wild.key);
    assert.equal(await certificates.check(), true);
    assert.equal(certificates.standard.cert, wild.cert);
  }));

Deno.test("certificates: the files are looked at again and again, until they are closed", () =>
  withPems(PEMS, async (path) => {
    const clock = new ManualClock();
    const files = { certs: [path("cert")], keys: [path("key")] };
    const certificates = await Certificates.open(files, { clock, logger: silentLogger });
    for (const { cert, key } of [wild, server]) {
      const changed = new Promise<void>((resolve) => certificates.onChange(resolve));
      await Deno.writeTextFile(path("cert"), cert);
      await Deno.writeTextFile(path("key"), key);
      clock.advance(2_000);
      await changed;
      assert.equal(certificates.standard.cert, cert);
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    certificates.close();
  }));
