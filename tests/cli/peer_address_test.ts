import assert from "node:assert/strict";
import { UsageError } from "../../cli/exit_code.ts";
import { readPeerAddress } from "../../cli/peer_address.ts";
import type { AeAddress } from "../../lib/ae_title.ts";

const CASES: readonly (readonly [
  positionals: readonly string[],
  address: AeAddress,
  rest?: readonly string[],
])[] = [
  [["pacs", "104"], { hostname: "pacs", port: 104 }],
  [["pacs:104"], { hostname: "pacs", port: 104 }],
  [["pacs", "104", "query.dcm"], { hostname: "pacs", port: 104 }, ["query.dcm"]],
  [["pacs:104", "query.dcm"], { hostname: "pacs", port: 104 }, ["query.dcm"]],
  [["pacs:104", "a", "b"], { hostname: "pacs", port: 104 }, ["a", "b"]],
  [["192.0.2.1", "11112"], { hostname: "192.0.2.1", port: 11112 }],
  [["AE@192.0.2.1:11112"], { hostname: "192.0.2.1", port: 11112, aeTitle: "AE" }],
  [["AE@pacs", "104"], { hostname: "pacs", port: 104, aeTitle: "AE" }],
  [["A:B@pacs:104"], { hostname: "pacs", port: 104, aeTitle: "A:B" }],
  [["A@B@pacs:104"], { hostname: "pacs", port: 104, aeTitle: "A@B" }],
  [["::1", "104"], { hostname: "::1", port: 104 }],
  [["[::1]", "104"], { hostname: "::1", port: 104 }],
  [["[::1]:104", "104"], { hostname: "::1", port: 104 }, ["104"]],
  [["AE@[2001:db8::1]:104"], { hostname: "2001:db8::1", port: 104, aeTitle: "AE" }],
  [["AE@2001:db8::1", "104"], { hostname: "2001:db8::1", port: 104, aeTitle: "AE" }],
];

for (const [positionals, address, rest = []] of CASES) {
  Deno.test({
    name: `readPeerAddress() reads ${positionals.join(" ")}`,
    permissions: "none",
    fn: () => assert.deepEqual(readPeerAddress(positionals), { address, rest }),
  });
}

const REFUSED: readonly (readonly [positionals: readonly string[], message: RegExp])[] = [
  [[], /^Missing the peer's address: /],
  [["pacs"], /^Missing the peer's port after "pacs": /],
  [["::1"], /^Missing the peer's port after "::1": /],
  [["pacs", "0"], /port "0" is not a number from 1 to 65535$/],
  [["pacs", "-1"], /port "-1" is not a number from 1 to 65535$/],
  [["pacs", "1e3"], /port "1e3" is not a number from 1 to 65535$/],
  [["pacs", "query.dcm"], /port "query\.dcm" is not a number from 1 to 65535$/],
  [["pacs:"], /^Cannot read address "pacs:"/],
  [[":104"], /^Cannot read address ":104"/],
  [["pa cs", "104"], /^Cannot read address "pa cs:104"/],
  [["@pacs:104"], /^Cannot use AE title "": it is empty$/],
  [["SEVENTEEN-LETTERS@pacs:104"], /17 characters exceed the 16 allowed$/],
];

for (const [positionals, message] of REFUSED) {
  Deno.test({
    name: `readPeerAddress() refuses ${JSON.stringify(positionals)}`,
    permissions: "none",
    fn: () =>
      assert.throws(() => readPeerAddress(positionals), (error: unknown) => {
        assert.ok(error instanceof UsageError);
        assert.match(error.message, message);
        return true;
      }),
  });
}
