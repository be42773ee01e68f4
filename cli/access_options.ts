/**
 * The options that say who may associate with a server.
 *
 * @module
 */

import { message, text } from "@optique/core/message";
import type { ValueParser } from "@optique/core/valueparser";
import { type CertificateRule, parseCertificateRule } from "./certificate_rule.ts";
import { type IpNetwork, parseIpNetwork } from "./ip_network.ts";
import { listOption } from "./option.ts";
import { type OptionParser, section } from "./option_parser.ts";
import { aeTitle } from "./value_parser.ts";

/** The access options as given on the command line; an empty list allows all. */
export type AccessOptions = {
  readonly callingAeTitles: readonly string[];
  readonly calledAeTitles: readonly string[];
  readonly addresses: readonly IpNetwork[];
  readonly certificates: readonly CertificateRule[];
};

/**
 * The access options.
 *
 * @returns Their parser.
 */
export function accessOptions(): OptionParser<AccessOptions> {
  return section("Access Options", {
    callingAeTitles: listOption(
      ["--allow-calling"],
      aeTitle(),
      "accept associations only from this calling AE title; may be repeated, as may those below " +
        "(default: all)",
    ),
    calledAeTitles: listOption(
      ["--allow-called"],
      aeTitle(),
      "accept associations only that call this AE title (default: all)",
    ),
    addresses: listOption(
      ["--allow-address"],
      ipNetwork(),
      "take connections only from this IP address or network, such as 10.1.0.0/16 or fd00::/8 " +
        "(default: all)",
    ),
    certificates: listOption(
      ["--allow-certificate"],
      certificateRule(),
      "by TLS, accept associations only of who shows this certificate: CN=CT1 or CN=CT1,O=Hospital of " +
        "its subject, DNS:, IP:, URI: or EMAIL: of its other names, or SHA256: and its fingerprint " +
        "(default: all of an authority of --ca)",
    ),
  });
}

/** What a certificate must have. */
function certificateRule(): ValueParser<"sync", CertificateRule> {
  return {
    mode: "sync",
    metavar: "NAME",
    placeholder: { text: "CN=x", about: "subject", values: ["CN=x"] },
    parse(input) {
      const value = parseCertificateRule(input);
      if (value !== undefined) return { success: true, value };
      const sentence =
        `Cannot use "${input}" to know a certificate by: give a part of its subject ` +
        "such as CN=CT1, another name such as DNS:ct1.hospital, or SHA256: and its fingerprint";
      return { success: false, error: message`${text(sentence)}` };
    },
    format: (value) => value.text,
  };
}

/** An IP address or network. */
function ipNetwork(): ValueParser<"sync", IpNetwork> {
  return {
    mode: "sync",
    metavar: "ADDRESS",
    placeholder: { text: "::", base: 0n, prefixLength: 128 },
    parse(input) {
      const value = parseIpNetwork(input);
      if (value !== undefined) return { success: true, value };
      const sentence = `Cannot use "${input}" as an IP address or network: give one such as ` +
        "10.1.2.3, 10.1.0.0/16 or fd00::/8";
      return { success: false, error: message`${text(sentence)}` };
    },
    format: (value) => value.text,
  };
}
