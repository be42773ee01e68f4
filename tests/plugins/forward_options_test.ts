import assert from "node:assert/strict";
import { parseForwardOptions } from "../../plugins/forward_options.ts";
import { pure } from "../support/requesting.ts";

const to = ["PACS@host:104"];

pure("parseForwardOptions() reads the options of the command line", () => {
  assert.deepEqual(parseForwardOptions({ to }), { to: "PACS@host:104" });
  assert.deepEqual(
    parseForwardOptions({
      to,
      "calling-aet": [" ROUTER "],
      "max-associations": ["3"],
      timeout: ["2.5"],
      "idle-time": ["0"],
      convert: ["false"],
    }),
    {
      to: "PACS@host:104",
      callingAeTitle: "ROUTER",
      maximumAssociations: 3,
      timeout: 2500,
      idleTime: 0,
      convert: false,
    },
  );
});

const WRONG: readonly (readonly [
  options: Readonly<Record<string, readonly string[]>>,
  message: string,
])[] = [
  [{}, "Cannot forward: the handler option to=AET@host:port is missing"],
  [{ to: [] }, "Cannot forward: the handler option to=AET@host:port is missing"],
  [
    { to: ["PACS"] },
    'Cannot forward to "PACS": it is not of the form AET@host:port, with an IPv6 address in brackets',
  ],
  [{ to: [...to, ...to] }, "Cannot use handler option to: it is given 2 times"],
  [
    { to, port: ["104"] },
    "Cannot use handler option port: the options of forward are to, calling-aet, " +
    "max-associations, timeout, idle-time, convert",
  ],
  [
    { to, "calling-aet": [""] },
    'Cannot use AE title "": it has to be of 1 to 16 ASCII characters without backslash and ' +
    "control characters",
  ],
  ...["0", "-1", "1.5", "x", "", "10000"].map((value) =>
    [
      { to, "max-associations": [value] },
      `Cannot use handler option max-associations: "${value}" is not a number from 1 to 9999`,
    ] as const
  ),
  ...["-1", "1e3", ""].map((value) =>
    [
      { to, timeout: [value] },
      `Cannot use handler option timeout: "${value}" is not a number of seconds above 0`,
    ] as const
  ),
  [{ to, timeout: ["0"] }, "Cannot use handler option timeout: it is 0"],
  [
    { to, "idle-time": ["x"] },
    'Cannot use handler option idle-time: "x" is not a number of seconds',
  ],
  [{ to, convert: ["yes"] }, 'Cannot use handler option convert: "yes" is none of true, false'],
];

pure("parseForwardOptions() says what is wrong with an option", () => {
  for (const [options, message] of WRONG) {
    assert.throws(() => parseForwardOptions(options), { name: "TypeError", message });
  }
});
