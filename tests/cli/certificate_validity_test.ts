import assert from "node:assert/strict";
import { describeValidity } from "../../cli/certificate_validity.ts";
import { tlsText } from "../support/tls_fixtures.ts";

const SERVER = tlsText("server.pem");

const TIMES: readonly (readonly [now: string, sentence: RegExp | undefined])[] = [
  [
    "2019-12-31T23:59:59Z",
    /^Peers will refuse the certificate own\.pem: it is valid from 2020-01-01/,
  ],
  ["2020-01-01T00:00:00Z", undefined],
  ["2119-12-17T23:59:59Z", undefined],
  [
    "2119-12-18T00:00:01Z",
    /^The certificate own\.pem is valid until 2120-01-01 .*: have it renewed$/,
  ],
  ["2120-01-01T00:00:00Z", /: have it renewed$/],
  [
    "2120-01-01T00:00:01Z",
    /^Peers will refuse the certificate own\.pem: it has expired \(2120-01-01 00:00:00 UTC\)$/,
  ],
];

for (const [now, sentence] of TIMES) {
  Deno.test({
    name: `describeValidity() at ${now}: ${sentence ?? "nothing to tell"}`,
    permissions: "none",
    fn: () => {
      const told = describeValidity(SERVER, "own.pem", Date.parse(now));
      if (sentence === undefined) assert.equal(told, undefined);
      else assert.match(told ?? "", sentence);
    },
  });
}
