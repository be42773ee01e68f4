/**
 * The core of an association, in both roles.
 *
 * @module
 */

import type { AssociateRequestPdu } from "../../../lib/pdu/pdu.ts";
import { sampleRequest } from "../../support/core_pair.ts";
import { Random } from "../random.ts";
import { must, shapeOf } from "../target.ts";
import { converse } from "./conversation.ts";
import { type PureTarget, pureTarget } from "./pure_target.ts";

/** Requests of more contexts than the usual, so that answers that were recorded find theirs. */
function request(): AssociateRequestPdu {
  const sample = sampleRequest();
  const proposed = sample.presentationContexts.at(-1);
  const abstractSyntaxes = proposed?.abstractSyntaxes ?? [];
  const transferSyntaxes = proposed?.transferSyntaxes ?? [];
  const more = Array.from({ length: 8 }, (_, at) => ({
    id: 5 + 2 * at,
    abstractSyntaxes,
    transferSyntaxes,
  }));
  return { ...sample, presentationContexts: [...sample.presentationContexts, ...more] };
}

function core(
  role: "requestor" | "acceptor",
  kind: "from-requestor" | "from-acceptor",
): PureTarget {
  const asked = request();
  return pureTarget({
    name: `${role}-core`,
    kinds: [kind],
    maximumLength: 32 * 1024,
    allocationFactor: 64,
    run: ({ bytes, control }) => {
      const whole = converse(role, asked, bytes, [Infinity], control);
      const lengths = new Random(~control).splits(bytes.length);
      const parts = converse(role, asked, bytes, lengths, control);
      must(
        whole.told.join("\n") === parts.told.join("\n"),
        "the same is told, however it is split",
        () => `${whole.told.join("\n")}\n--\n${parts.told.join("\n")}`,
      );
      must(whole.sent.toHex() === parts.sent.toHex(), "the same is sent, however it is split");
      const types = whole.told.map((line) => /^\{"type":"([^"]*)/.exec(line)?.[1] ?? "data");
      const why = /"error":"(.*)"\}$/.exec(whole.told.at(-1) ?? "")?.[1] ?? "";
      return `${types.slice(0, 6)} ${whole.states} ${shapeOf(why)}`;
    },
  });
}

/** Bytes into an acceptor. */
export const ACCEPTOR_CORE: PureTarget = core("acceptor", "from-requestor");

/** Bytes into a requestor. */
export const REQUESTOR_CORE: PureTarget = core("requestor", "from-acceptor");
