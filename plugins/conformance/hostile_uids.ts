/**
 * UIDs that are none.
 *
 * @module
 */

/** What peers were seen to send, or may send, in the place of a UID. */
export const HOSTILE_UIDS: readonly string[] = [
  "../../../x",
  "/etc/cron.d/x",
  "C:\\x",
  "\\\\host\\share",
  ".",
  "..",
  "",
  "   ",
  "1.2\u00003",
  "1.2\n3",
  "1..2",
  ".1.2",
  "1.2.",
  ";touch x",
  "$(touch x)",
  "\u001b[2J",
  "-rf",
  "CON",
  "nul.txt",
  "a:b",
  "1.2.a",
  "1.2.A",
  "1.2 ",
  "%2e%2e%2f",
  "é日本",
  "1".repeat(65),
  "1.".repeat(150),
  "x".repeat(4000),
  "9".repeat(60_000),
];
