/**
 * What tests of handlers take from the published suite.
 *
 * @module
 */

export * from "../../plugins/conformance/store_request.ts";
export { someBytes } from "../../plugins/conformance/data_set.ts";
