/**
 * What tests of handlers take from the published suite.
 *
 * @module
 */

export * from "../../plugins/conformance.ts";
