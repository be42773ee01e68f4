/**
 * The peers that are found on this machine.
 *
 * @module
 */

import { dcmtk } from "./dcmtk.ts";
import { dcm4che, dcmjsDimse, dicomRs, pynetdicom } from "./other_peers.ts";
import type { Found } from "./toolkit.ts";

/**
 * Looks for all peers that the benchmark knows.
 *
 * @param dicomRsDirectory Where those of dicom-rs may be.
 * @returns What is here, and what is not.
 */
export function findPeers(dicomRsDirectory: string | undefined): Found {
  const found = [dcmtk(), pynetdicom(), dcmjsDimse(), dicomRs(dicomRsDirectory), dcm4che()];
  return {
    toolkits: found.flatMap(({ toolkits }) => toolkits),
    missing: found.flatMap(({ missing }) => missing),
  };
}
