import assert from "node:assert/strict";
import * as fc from "fast-check";
import { COMMAND_FIELD, type Message } from "../../lib/dimse/message.ts";
import { decodeMessage, encodeMessage } from "../../lib/dimse/message_codec.ts";
import { LocalProtocolError, RemoteProtocolError } from "../../lib/errors.ts";
import { anyMessage, element, GOLDEN_MESSAGES, goldenCommand, text, us } from "./messages.ts";

const CT = "1.2.840.10008.5.1.4.1.1.2";

function decode(...elements: readonly string[]): Message {
  return decodeMessage(Uint8Array.fromHex(elements.join("")));
}

function assertRefused(run: () => unknown, message: string): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof RemoteProtocolError, String(error));
    assert.deepEqual(error.abort, { source: 0, reason: 0 });
    assert.equal(error.message, `Cannot decode command set: ${message}`);
    return true;
  });
}

for (const { name, message } of GOLDEN_MESSAGES) {
  Deno.test({
    name: `decodeMessage() reads ${name}`,
    permissions: "none",
    fn: () => assert.deepEqual(decodeMessage(goldenCommand(name)), message),
  });
  Deno.test({
    name: `encodeMessage() reproduces ${name} byte for byte`,
    permissions: "none",
    fn: () => assert.equal(encodeMessage(message).toHex(), goldenCommand(name).toHex()),
  });
  Deno.test({
    name: `decodeMessage() refuses ${name} cut at any byte, or gives a poorer message`,
    permissions: "none",
    fn() {
      const bytes = goldenCommand(name);
      const required = new Set(["C-MOVE-RSP", "C-STORE-RQ", "C-STORE-RSP"]);
      for (let length = 0; length < bytes.length; length += 1) {
        try {
          const cut = decodeMessage(bytes.subarray(0, length));
          // Only optional elements come behind the last that is mandatory.
          assert.ok(required.has(cut.type), `${length} bytes`);
          assert.equal(cut.type, message.type);
        } catch (error) {
          assert.ok(error instanceof RemoteProtocolError, String(error));
          assert.deepEqual(error.abort, { source: 0, reason: 0 });
        }
      }
    },
  });
}

Deno.test({
  name: "decodeMessage() is undone by encodeMessage() for any message",
  permissions: "none",
  fn() {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const bytes = encodeMessage(message);
        assert.deepEqual(decodeMessage(bytes), message);
        assert.equal(bytes.length % 2, 0);
      }),
      { numRuns: 1000 },
    );
  },
});

Deno.test({
  name: "decodeMessage() gives a message or a RemoteProtocolError for any change of a message",
  permissions: "none",
  fn() {
    const changes = fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(anyMessage, changes, (message, all) => {
        const bytes = encodeMessage(message);
        for (const [at, value] of all) bytes[at % bytes.length] = value;
        try {
          decodeMessage(bytes);
        } catch (error) {
          assert.ok(error instanceof RemoteProtocolError, String(error));
        }
      }),
      { numRuns: 1000 },
    );
  },
});

const COMMAND_FIELD_TAG = 0x00000100;
const NO_DATA = element(0x00000800, us(0x0101));
const DATA = element(0x00000800, us(0x0001));
const CLASS = element(0x00000002, text("1.2.840.10008.5.1.4.1.1.2\0"));
const ID = element(0x00000110, us(9));
const RESPONDED = element(0x00000120, us(9));
const STATUS = element(0x00000900, us(0));

function field(type: keyof typeof COMMAND_FIELD): string {
  return element(COMMAND_FIELD_TAG, us(COMMAND_FIELD[type]));
}

const REQUESTS = ["C-ECHO-RQ", "C-STORE-RQ", "C-FIND-RQ", "C-GET-RQ", "C-MOVE-RQ"] as const;
const RESPONSES = ["C-ECHO-RSP", "C-STORE-RSP", "C-FIND-RSP", "C-GET-RSP", "C-MOVE-RSP"] as const;

const REFUSED: readonly [elements: string[], message: string, why: string][] = [
  [[], "Command Field is missing", "an empty command set (C1)"],
  [[CLASS, ID, DATA], "Command Field is missing", "no Command Field (C1)"],
  [
    [text("GET / HTTP/1.1\r\n")],
    "(4547,2054) of 1414012975 bytes exceeds the 8 bytes left",
    "garbage (C1)",
  ],
  [
    [CLASS, element(COMMAND_FIELD_TAG, us(0x0005)), ID, DATA],
    "Command Field 0x0005 is not of a known request or response",
    "command 0005H (C3)",
  ],
  [
    [CLASS, element(COMMAND_FIELD_TAG, us(0x7fff)), ID, DATA],
    "Command Field 0x7FFF is not of a known request or response",
    "command 7FFFH (C3)",
  ],
  [
    [element(COMMAND_FIELD_TAG, us(0x8fff)), RESPONDED, NO_DATA, STATUS],
    "Command Field 0x8FFF is not of a known request or response",
    "a response to a C-CANCEL",
  ],
  ...[0x8100, 0x8110, 0x8120, 0x8130, 0x8140, 0x8150].map((
    response,
  ): [string[], string, string] => [
    [element(COMMAND_FIELD_TAG, us(response)), RESPONDED, NO_DATA, STATUS],
    `Command Field 0x${response.toString(16)} is not of a known request or response`,
    `the N-service response ${response.toString(16)}H`,
  ]),
  ...REQUESTS.flatMap((type): [string[], string, string][] => [
    [[CLASS, field(type), DATA], "Message ID is missing", `${type} without Message ID (C4)`],
    [
      [CLASS, field(type), ID],
      "Command Data Set Type is missing",
      `${type} without Command Data Set Type (C5)`,
    ],
    [
      [field(type), ID, DATA],
      "Affected SOP Class UID is missing",
      `${type} without Affected SOP Class UID (C5)`,
    ],
  ]),
  ...RESPONSES.flatMap((type): [string[], string, string][] => [
    [
      [field(type), NO_DATA, STATUS],
      "Message ID Being Responded To is missing",
      `${type} without Message ID Being Responded To`,
    ],
    [[field(type), RESPONDED, NO_DATA], "Status is missing", `${type} without Status`],
    [
      [field(type), RESPONDED, STATUS],
      "Command Data Set Type is missing",
      `${type} without Command Data Set Type`,
    ],
  ]),
  [
    [field("C-CANCEL-RQ"), NO_DATA],
    "Message ID Being Responded To is missing",
    "C-CANCEL-RQ without Message ID Being Responded To",
  ],
  [
    [field("C-CANCEL-RQ"), RESPONDED],
    "Command Data Set Type is missing",
    "C-CANCEL-RQ without Command Data Set Type",
  ],
  [
    [element(COMMAND_FIELD_TAG, us(0x0130)), NO_DATA],
    "Message ID is missing",
    "N-ACTION-RQ without Message ID (C4)",
  ],
  ...["", "01", "01000000"].flatMap((value): [string[], string, string][] => {
    const wrong = (tag: string) =>
      value.length === 2
        ? `(0000,${tag}) has an odd length of 1 bytes`
        : `(0000,${tag}) of VR US has ${value.length / 2} bytes, not 2`;
    const why = `of ${value.length / 2} bytes (C17)`;
    return [
      [[CLASS, element(COMMAND_FIELD_TAG, value), ID, DATA], wrong("0100"), `Command Field ${why}`],
      [
        [CLASS, field("C-ECHO-RQ"), element(0x00000110, value), DATA],
        wrong("0110"),
        `Message ID ${why}`,
      ],
      [
        [CLASS, field("C-FIND-RQ"), ID, element(0x00000700, value), DATA],
        wrong("0700"),
        `Priority ${why}`,
      ],
      [
        [CLASS, field("C-ECHO-RQ"), ID, element(0x00000800, value)],
        wrong("0800"),
        `Command Data Set Type ${why}`,
      ],
      [
        [field("C-ECHO-RSP"), RESPONDED, NO_DATA, element(0x00000900, value)],
        wrong("0900"),
        `Status ${why}`,
      ],
      [
        [field("C-GET-RSP"), RESPONDED, NO_DATA, STATUS, element(0x00001020, value)],
        wrong("1020"),
        `Number of Remaining Sub-operations ${why}`,
      ],
      [
        [CLASS, field("C-STORE-RQ"), ID, DATA, element(0x00001031, value)],
        wrong("1031"),
        `Move Originator Message ID ${why}`,
      ],
    ];
  }),
  [
    [field("C-STORE-RSP"), RESPONDED, NO_DATA, STATUS, element(0x00000901, "0800")],
    "(0000,0901) of VR AT has 2 bytes, not a multiple of 4",
    "Offending Element of 2 bytes",
  ],
  [
    [
      "00000002" + "5549" + "0400" + "312e3200",
      field("C-ECHO-RQ"),
      ID,
      DATA,
    ],
    "(0000,0200) of 280917 bytes exceeds the 34 bytes left",
    "explicit VR (C21)",
  ],
];

for (const [elements, message, why] of REFUSED) {
  Deno.test({
    name: `decodeMessage() refuses ${why}`,
    permissions: "none",
    fn: () => assertRefused(() => decode(...elements), message),
  });
}

Deno.test({
  name: "decodeMessage() keeps the DataSetError as the cause",
  permissions: "none",
  fn() {
    assert.throws(() => decode("00"), (error) => {
      assert.ok(error instanceof RemoteProtocolError && error.cause instanceof Error);
      assert.equal(error.cause.name, "DataSetError");
      return true;
    });
  },
});

const STORE = {
  type: "C-STORE-RQ",
  messageId: 9,
  affectedSopClassUid: CT,
  priority: 0,
  affectedSopInstanceUid: "1.2",
  hasDataSet: true,
} as const;
const STORE_ELEMENTS = [CLASS, field("C-STORE-RQ"), ID, DATA];
const INSTANCE = element(0x00001000, text("1.2\0"));

const ACCEPTED: readonly [elements: string[], message: Message, why: string][] = [
  [[...STORE_ELEMENTS, INSTANCE], STORE, "C-STORE-RQ without Priority (C7)"],
  ...[1, 2].map((priority): [string[], Message, string] => [
    [...STORE_ELEMENTS, INSTANCE, element(0x00000700, us(priority))],
    { ...STORE, priority: priority === 1 ? 1 : 2 },
    `C-STORE-RQ of priority ${priority}`,
  ]),
  ...[3, 0x0101, 0xffff].map((priority): [string[], Message, string] => [
    [...STORE_ELEMENTS, INSTANCE, element(0x00000700, us(priority))],
    STORE,
    `C-STORE-RQ of priority ${priority} as medium (C7)`,
  ]),
  [STORE_ELEMENTS, { ...STORE, affectedSopInstanceUid: "" }, "C-STORE-RQ without instance (C6)"],
  [
    [...STORE_ELEMENTS, element(0x00001000, "")],
    { ...STORE, affectedSopInstanceUid: "" },
    "C-STORE-RQ with an empty instance UID (C6)",
  ],
  [
    [...STORE_ELEMENTS, element(0x00001000, text("1.2\0.3\0\0"))],
    { ...STORE, affectedSopInstanceUid: "1.2\0.3" },
    "C-STORE-RQ with a NUL inside its instance UID (F5)",
  ],
  [
    [...STORE_ELEMENTS, element(0x00001000, text("../../../x"))],
    { ...STORE, affectedSopInstanceUid: "../../../x" },
    "C-STORE-RQ with a path for an instance UID (F1)",
  ],
  [
    [CLASS, field("C-STORE-RQ"), ID, NO_DATA, INSTANCE],
    { ...STORE, hasDataSet: false },
    "C-STORE-RQ without data set (C8)",
  ],
  ...[0x0000, 0x0001, 0x0102, 0x0100, 0xffff].map((type): [string[], Message, string] => [
    [CLASS, field("C-STORE-RQ"), ID, element(0x00000800, us(type)), INSTANCE],
    STORE,
    `C-STORE-RQ with Command Data Set Type ${type}`,
  ]),
  [
    [
      ...STORE_ELEMENTS,
      INSTANCE,
      element(0x00001030, text(" MOVESCU")),
      element(0x00001031, us(77)),
    ],
    { ...STORE, moveOriginatorAeTitle: "MOVESCU", moveOriginatorMessageId: 77 },
    "C-STORE-RQ of a C-MOVE",
  ],
  [
    [...STORE_ELEMENTS, INSTANCE, element(0x00001030, "")],
    STORE,
    "C-STORE-RQ with an empty move originator",
  ],
  [
    [element(0x00000002, text("1".repeat(300))), field("C-ECHO-RQ"), ID, NO_DATA],
    {
      type: "C-ECHO-RQ",
      messageId: 9,
      affectedSopClassUid: "1".repeat(300),
      hasDataSet: false,
    },
    "C-ECHO-RQ of a SOP class UID of 300 characters (C18)",
  ],
  [
    [element(0x00000002, ""), field("C-ECHO-RQ"), ID, NO_DATA],
    { type: "C-ECHO-RQ", messageId: 9, affectedSopClassUid: "", hasDataSet: false },
    "C-ECHO-RQ of an empty SOP class UID",
  ],
  ...[0, 65535].map((messageId): [string[], Message, string] => [
    [CLASS, field("C-ECHO-RQ"), element(0x00000110, us(messageId)), NO_DATA],
    { type: "C-ECHO-RQ", messageId, affectedSopClassUid: CT, hasDataSet: false },
    `C-ECHO-RQ of Message ID ${messageId} (C20)`,
  ]),
  ...[undefined, "", " ".repeat(4), "A".repeat(300)].map((title): [string[], Message, string] => [
    [
      CLASS,
      field("C-MOVE-RQ"),
      ID,
      ...(title === undefined ? [] : [element(0x00000600, text(title))]),
      DATA,
    ],
    {
      type: "C-MOVE-RQ",
      messageId: 9,
      affectedSopClassUid: CT,
      priority: 0,
      moveDestination: title?.trim() ?? "",
      hasDataSet: true,
    },
    `C-MOVE-RQ of Move Destination ${title === undefined ? "none" : `"${title}"`} (C22)`,
  ]),
  [
    [field("C-CANCEL-RQ"), RESPONDED, element(0x00000800, us(0x0102))],
    { type: "C-CANCEL-RQ", messageIdBeingRespondedTo: 9, hasDataSet: false },
    "C-CANCEL-RQ that announces a data set",
  ],
  [
    [field("C-GET-RSP"), RESPONDED, NO_DATA, STATUS],
    { type: "C-GET-RSP", messageIdBeingRespondedTo: 9, status: 0, hasDataSet: false },
    "C-GET-RSP without counters (U5)",
  ],
  [
    [
      field("C-MOVE-RSP"),
      RESPONDED,
      DATA,
      element(0x00000900, us(0xb000)),
      element(0x00001022, us(65535)),
    ],
    {
      type: "C-MOVE-RSP",
      messageIdBeingRespondedTo: 9,
      status: 0xb000,
      failed: 65535,
      hasDataSet: true,
    },
    "C-MOVE-RSP with one counter (U5)",
  ],
  [
    [
      field("C-STORE-RSP"),
      RESPONDED,
      NO_DATA,
      element(0x00000900, us(0x1234)),
      element(0x00000901, "08001600"),
      element(0x00000902, text("wrong class ")),
      element(0x00000002, ""),
      element(0x00001000, ""),
    ],
    {
      type: "C-STORE-RSP",
      messageIdBeingRespondedTo: 9,
      status: 0x1234,
      offendingElements: [0x00080016],
      errorComment: "wrong class",
      hasDataSet: false,
    },
    "C-STORE-RSP of an undefined status, with all that explains it (U7)",
  ],
  [
    [
      field("C-FIND-RSP"),
      RESPONDED,
      NO_DATA,
      STATUS,
      element(0x00000901, ""),
      element(0x00000902, ""),
    ],
    { type: "C-FIND-RSP", messageIdBeingRespondedTo: 9, status: 0, hasDataSet: false },
    "C-FIND-RSP with empty explanations",
  ],
  ...[0x0100, 0x0110, 0x0120, 0x0130, 0x0140, 0x0150].map((
    commandField,
  ): [string[], Message, string] => [
    [CLASS, element(COMMAND_FIELD_TAG, us(commandField)), ID, DATA],
    {
      type: "unsupported",
      commandField,
      messageId: 9,
      affectedSopClassUid: CT,
      hasDataSet: true,
    },
    `the N-service request ${commandField.toString(16)}H (C2)`,
  ]),
  [
    [
      element(0x00000003, text("1.2.3\0")),
      element(COMMAND_FIELD_TAG, us(0x0130)),
      ID,
      NO_DATA,
    ],
    {
      type: "unsupported",
      commandField: 0x0130,
      messageId: 9,
      affectedSopClassUid: "1.2.3",
      hasDataSet: false,
    },
    "N-ACTION-RQ by its Requested SOP Class UID",
  ],
  [
    [element(COMMAND_FIELD_TAG, us(0x0130)), ID, NO_DATA],
    { type: "unsupported", commandField: 0x0130, messageId: 9, hasDataSet: false },
    "N-ACTION-RQ without SOP class",
  ],
];

for (const [elements, message, why] of ACCEPTED) {
  Deno.test({
    name: `decodeMessage() takes ${why}`,
    permissions: "none",
    fn: () => assert.deepEqual(decode(...elements), message),
  });
}

const COMMENTS: readonly [comment: string, sent: string | undefined, why: string][] = [
  ["disk full", "disk full", "as it is"],
  ["x".repeat(64), "x".repeat(64), "of 64 characters whole"],
  ["x".repeat(65), "x".repeat(64), "cut to 64 characters"],
  ["größer", "gr??er", "with ? for what is not ASCII"],
  ["😀!", "?!", "with one ? for a surrogate pair"],
  [`${"😀".repeat(40)}`, "?".repeat(40), "with the cut made after the replacement"],
  ["a\\b\n\x1b[2J\x7f", "a?b??[2J?", "with ? for backslash and control characters"],
  ["", undefined, "not at all when it is empty"],
];

for (const [errorComment, sent, why] of COMMENTS) {
  Deno.test({
    name: `encodeMessage() sends the Error Comment ${why}`,
    permissions: "none",
    fn() {
      const message = decodeMessage(encodeMessage({
        type: "C-STORE-RSP",
        messageIdBeingRespondedTo: 1,
        status: 0xa700,
        errorComment,
        hasDataSet: false,
      }));
      assert.equal(message.type === "C-STORE-RSP" && message.errorComment, sent);
    },
  });
}

Deno.test({
  name: "encodeMessage() answers an N-ACTION-RQ with an N-ACTION-RSP",
  permissions: "none",
  fn() {
    const elements = [element(COMMAND_FIELD_TAG, us(0x8130)), RESPONDED, NO_DATA];
    const expected = [...elements, element(0x00000900, us(0x0211))].join("");
    for (const commandField of [0x0130, 0x8130]) {
      const bytes = encodeMessage({
        type: "unsupported-response",
        commandField,
        messageIdBeingRespondedTo: 9,
        status: 0x0211,
        offendingElements: [],
        hasDataSet: false,
      });
      assert.equal(bytes.subarray(12).toHex(), expected);
    }
  },
});

Deno.test({
  name: "encodeMessage() announces a data set with 0001H",
  permissions: "none",
  fn() {
    const bytes = encodeMessage({
      type: "C-FIND-RSP",
      messageIdBeingRespondedTo: 9,
      status: 0xff00,
      hasDataSet: true,
    });
    assert.ok(bytes.toHex().includes(element(0x00000800, us(0x0001))));
  },
});

Deno.test({
  name: "encodeMessage() refuses a Message ID that does not fit",
  permissions: "none",
  fn() {
    assert.throws(
      () => encodeMessage({ ...STORE, messageId: 65536 }),
      (error) => error instanceof LocalProtocolError && error.message.includes("(0000,0110)"),
    );
  },
});
