import assert from "node:assert/strict";
import { main } from "../../cli/storescp.ts";
import { associationRequest } from "../../lib/association/negotiation.ts";
import { ConnectionError } from "../../lib/errors.ts";
import type { AssociateRequestPdu } from "../../lib/pdu/pdu.ts";
import { CT, ECHO, EXPLICIT, IMPLICIT } from "../support/core_pair.ts";
import { eventsOf, readEvents, summaryOf } from "../support/event_schema.ts";
import { settle } from "../support/fake_clock.ts";
import { ScriptedPeer, type Seen } from "../support/scripted_peer.ts";
import { refuses, ToolBench } from "./tool_bench.ts";

const MR = "1.2.840.10008.5.1.4.1.1.4";
const JPEG = "1.2.840.10008.1.2.4.70";
const BIG = "1.2.840.10008.1.2.2";

function pure(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

function request(change: Partial<AssociateRequestPdu> = {}): AssociateRequestPdu {
  const proposal = associationRequest({
    callingAeTitle: "CT1",
    calledAeTitle: "ANYTHING",
    presentationContexts: [
      { abstractSyntax: ECHO, transferSyntaxes: [IMPLICIT] },
      { abstractSyntax: CT, transferSyntaxes: [IMPLICIT, JPEG, EXPLICIT, BIG] },
      { abstractSyntax: MR, transferSyntaxes: [JPEG] },
    ],
    maximumLength: 16384,
  });
  return { ...proposal, ...change };
}

/** What shows of a command line. */
interface Effect {
  readonly calls?: readonly string[];
  /** The lines of the log, from the first. */
  readonly lines?: readonly string[];
  /** The transfer syntax, or the result, of each context of the request above. */
  readonly contexts?: readonly (string | number)[];
  readonly maximumLength?: number;
  /** The reason of the rejection of the request above. */
  readonly rejected?: number;
}

const CASES: readonly { readonly args: readonly string[]; readonly effect: Effect }[] = [
  {
    args: [],
    effect: {
      calls: ["listen * 11112"],
      lines: [
        "I: Listening as STORESCP on port 11112 of memory",
        "I: Instances are not kept",
      ],
      contexts: [IMPLICIT, IMPLICIT, JPEG],
      maximumLength: 131072,
    },
  },
  { args: ["104"], effect: { calls: ["listen * 104"] } },
  { args: ["0"], effect: { calls: ["listen * 0"] } },
  {
    args: ["-aet", "ARCHIVE", "-ba", "::1", "104"],
    effect: {
      calls: ["listen ::1 104"],
      lines: ["I: Listening as ARCHIVE on port 104 of ::1"],
    },
  },
  {
    args: ["--ae-title", "A", "--bind-address=[::1]", "104"],
    effect: { calls: ["listen ::1 104"], lines: ["I: Listening as A on port 104 of ::1"] },
  },
  { args: ["-pdu", "16384"], effect: { maximumLength: 16384 } },
  { args: ["--max-pdu", "0"], effect: { maximumLength: 0 } },
  // pynetdicom's and DCMTK's preferences
  { args: ["-x="], effect: { contexts: [IMPLICIT, EXPLICIT, JPEG] } },
  { args: ["-xe"], effect: { contexts: [IMPLICIT, EXPLICIT, JPEG] } },
  { args: ["-xb"], effect: { contexts: [IMPLICIT, BIG, JPEG] } },
  { args: ["-xi"], effect: { contexts: [IMPLICIT, IMPLICIT, 4] } },
  { args: ["--prefer", "JPEGLosslessSV1"], effect: { contexts: [IMPLICIT, JPEG, JPEG] } },
  { args: ["--uncompressed-only"], effect: { contexts: [IMPLICIT, IMPLICIT, 4] } },
  { args: ["--only-transfer-syntax", JPEG], effect: { contexts: [IMPLICIT, JPEG, JPEG] } },
  { args: ["--only-sop-class", "MRImageStorage"], effect: { contexts: [IMPLICIT, 3, JPEG] } },
  // who may associate
  { args: ["--allow-calling", "CT1"], effect: { contexts: [IMPLICIT, IMPLICIT, JPEG] } },
  { args: ["--allow-calling", "CT2"], effect: { rejected: 3 } },
  { args: ["--allow-called", "ANYTHING"], effect: { contexts: [IMPLICIT, IMPLICIT, JPEG] } },
  { args: ["--allow-called", "STORESCP"], effect: { rejected: 7 } },
  { args: ["--allow-called", "X", "--allow-calling", "X"], effect: { rejected: 7 } },
  {
    args: ["-aet", "A", "--allow-called", "B"],
    effect: {
      lines: ["W: Associations that call A are rejected: --allow-called does not name it"],
      rejected: 7,
    },
  },
  {
    args: ["-v", "--allow-calling", "CT1", "--allow-calling", "CT2", "--allow-called", "ANYTHING"],
    effect: {
      lines: [
        "I: Handler ignore (built-in): ignore 1.0.0, offers store",
        "I: Listening as STORESCP on port 11112 of memory",
        "I: Instances are not kept",
        "I: Allowed calling AE titles: CT1, CT2",
        "I: Allowed called AE titles: ANYTHING",
      ],
    },
  },
  { args: ["-q"], effect: { calls: ["listen * 11112"], lines: [] } },
];

for (const { args, effect } of CASES) {
  pure(`storescp ${args.join(" ")}`, async () => {
    const bench = new ToolBench();
    const code = main([...args, "--ignore"], bench.io);
    await bench.listened();
    if (effect.calls !== undefined) assert.deepEqual(bench.calls, effect.calls);
    if (effect.lines !== undefined) {
      assert.deepEqual(bench.lines.slice(0, effect.lines.length || undefined), effect.lines);
    }
    const peer = new ScriptedPeer(bench.storeNetwork.dial());
    await peer.send(request());
    if (effect.rejected === undefined) {
      const accept = await peer.expect("A-ASSOCIATE-AC");
      const contexts = accept.presentationContexts.map(({ result, transferSyntax }) =>
        result === 0 ? transferSyntax : result
      );
      if (effect.contexts !== undefined) assert.deepEqual(contexts, effect.contexts);
      if (effect.maximumLength !== undefined) {
        assert.equal(accept.userInformation.maximumLength, effect.maximumLength);
      }
    } else {
      const { result, source, reason } = await peer.expect("A-ASSOCIATE-RJ");
      assert.deepEqual([result, source, reason], [1, 1, effect.rejected]);
    }
    peer.transport.close();
    await bench.signal("SIGTERM");
    assert.equal(await code, 0);
    assert.equal(bench.stdout, "");
    assert.equal(bench.signalListeners, 0);
  });
}

for (
  const [args, sentence] of [
    [["70000"], 'port: Cannot use "70000" as a port: it must be 0 to 65535'],
    [["pacs"], 'port: Cannot use "pacs" as a port: it must be 0 to 65535'],
    [["104", "105"], 'Unexpected option or argument: "105"'],
    [["-aet", "A\\B"], undefined],
    [["--max-associations", "0"], undefined],
    [
      ["--allow-address", "pacs"],
      '--allow-address: Cannot use "pacs" as an IP address or network: give one such as 10.1.2.3, ' +
      "10.1.0.0/16 or fd00::/8",
    ],
    [["-x=", "-xb"], "Cannot combine -x=, -xe, -xb and --prefer: give one of them"],
    [
      ["--ignore", "-od", "in"],
      "Cannot combine --ignore with -od, --filename, --on-exist, --durable or --min-free: nothing is stored",
    ],
    [["-q", "-v"], "Cannot combine -q, -v and -d: give one of them"],
    [
      ["--cert", "c", "--key", "k"],
      "Cannot use --ca, --cert, --key and the like without --tls: nothing would go by TLS",
    ],
  ] as const
) {
  pure(`storescp refuses ${args.join(" ")}`, async () => {
    if (sentence !== undefined) {
      await refuses(main, args, `storescp: error: ${sentence}\n`);
      return;
    }
    const bench = new ToolBench();
    assert.equal(await main(args, bench.io), 2);
    assert.match(bench.stderr, /^storescp: error: .+\n$/);
  });
}

for (
  const [cause, sentence] of [
    [
      new Deno.errors.AddrInUse(),
      "Cannot listen; stop the program that has it, or give another port",
    ],
    [
      new Deno.errors.PermissionDenied(),
      "Cannot listen; ports below 1024 are for privileged programs: give another, such as 11112, or " +
      "the right to bind it (CAP_NET_BIND_SERVICE)",
    ],
  ] as const
) {
  pure(`storescp returns 2 when it cannot listen: ${cause.name}`, async () => {
    const bench = new ToolBench();
    const listen = (): never => {
      throw new ConnectionError("Cannot listen", { cause });
    };
    const args = ["104", "--ignore", "--json"];
    assert.equal(await main(args, { ...bench.io, listen }), 2);
    assert.equal(bench.stderr, `E: ${sentence}\n`);
    const events = readEvents(bench.stdout);
    assert.deepEqual(events.map(({ event }) => event), ["summary"]);
    assert.deepEqual([summaryOf(events).exitCode, summaryOf(events).elapsedMs], [2, 0]);
    assert.equal(bench.signalListeners, 0);
  });
}

pure("storescp closes connections from elsewhere, and serves those that are allowed", async () => {
  const bench = new ToolBench();
  const addresses = ["9.8.7.6:1000", "[fd00::1]:1001"];
  const code = main(["--ignore", "--json", "--allow-address", "fd00::/8"], {
    ...bench.io,
    listen: (options) => {
      const listener = bench.storeNetwork.listen(options);
      return {
        hostname: listener.hostname,
        port: listener.port,
        close: () => listener.close(),
        accept: async () => {
          const transport = await listener.accept();
          return {
            peerAddress: addresses.shift() ?? "",
            localAddress: transport.localAddress,
            read: (buffer) => transport.read(buffer),
            write: (bytes) => transport.write(bytes),
            close: () => transport.close(),
          };
        },
      };
    },
  });
  await settle();
  const stranger = new ScriptedPeer(bench.storeNetwork.dial());
  assert.deepEqual(await stranger.receive(), { type: "closed" });
  stranger.transport.close();
  const friend = await bench.callStorage();
  assert.equal(await friend.store("1.2.3"), 0x0000);
  await friend.release();
  await bench.signal("SIGTERM");
  assert.equal(await code, 0);
  assert.ok(
    bench.lines.includes("W: Connection from 9.8.7.6:1000 refused: its address is not allowed"),
  );
  const events = readEvents(bench.stdout);
  assert.deepEqual(eventsOf(events, "refused").map(({ peer }) => peer), ["9.8.7.6:1000"]);
  assert.deepEqual(eventsOf(events, "association").map(({ state }) => state), [
    "requested",
    "accepted",
    "released",
  ]);
});

pure("storescp gives up on peers that take their time, each by its time-out", async () => {
  const cases: [
    args: string[],
    stall: (peer: ScriptedPeer) => Promise<void>,
    last: Seen["type"],
  ][] = [
    [["-ta", "2"], () => Promise.resolve(), "closed"],
    [["-td", "2"], async (peer) => {
      await peer.send(request());
      await peer.expect("A-ASSOCIATE-AC");
      await peer.sendBytes(Uint8Array.of(4, 0, 0, 0, 0x10, 0, 0, 0));
    }, "A-ABORT"],
    [["-tn", "2"], async (peer) => {
      await peer.send(request());
      await peer.expect("A-ASSOCIATE-AC");
    }, "A-ABORT"],
  ];
  for (const [args, stall, last] of cases) {
    const bench = new ToolBench();
    const code = main([...args, "--ignore"], bench.io);
    await bench.listened();
    const peer = new ScriptedPeer(bench.storeNetwork.dial());
    await stall(peer);
    await bench.clock.advance(1_999);
    const end = peer.expect(last);
    await bench.clock.advance(1);
    await end;
    peer.transport.close();
    await bench.signal("SIGTERM");
    assert.equal(await code, 0);
  }
});

pure("storescp --help fits into 80 columns and names every option", async () => {
  const bench = new ToolBench();
  assert.equal(await main(["--help"], bench.io), 0);
  const lines = bench.stdout.split("\n");
  assert.deepEqual(lines.filter((line) => line.length > 80), []);
  for (
    const name of [
      ...["--quiet", "--verbose", "--debug", "--log-level", "--json", "--no-progress", "--version"],
      ...["--help", "--completion", "--ae-title", "--bind-address", "--acse-timeout", "--ignore"],
      ...["--dimse-timeout", "--network-timeout", "--max-pdu", "--max-associations", "--grace"],
      ...["--allow-calling", "--allow-called", "--allow-address", "--prefer-uncompr", "--implicit"],
      ...["--prefer-little", "--prefer-big", "--prefer", "--uncompressed-only", "--keep-broken"],
      ...["--only-transfer-syntax", "--only-sop-class", "--output-directory"],
    ]
  ) assert.match(bench.stdout, new RegExp(`${name}\\b`), name);
  assert.match(bench.stdout, /^Exit codes:$/m);
});

pure("storescp --version and --completion print and end", async () => {
  for (
    const [args, start] of [[["--version"], /^storescp \d/], [
      ["--completion", "bash"],
      /./,
    ]] as const
  ) {
    const bench = new ToolBench();
    assert.equal(await main(args, bench.io), 0);
    assert.match(bench.stdout, start);
    assert.deepEqual(bench.calls, []);
  }
});
