/**
 * The UIDs of the SOP classes that the library itself speaks of (PS3.6 table A-1). They are apart from
 * the table of all, so that a verification or a query loads none.
 *
 * @module
 */

/** Verification (PS3.4 annex A). */
export const VERIFICATION = "1.2.840.10008.1.1";
/** Patient Root Query/Retrieve Information Model - FIND (PS3.4 section C.6.1). */
export const PATIENT_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.1.1";
/** Patient Root Query/Retrieve Information Model - MOVE (PS3.4 section C.6.1). */
export const PATIENT_ROOT_MOVE = "1.2.840.10008.5.1.4.1.2.1.2";
/** Patient Root Query/Retrieve Information Model - GET (PS3.4 section C.6.1). */
export const PATIENT_ROOT_GET = "1.2.840.10008.5.1.4.1.2.1.3";
/** Study Root Query/Retrieve Information Model - FIND (PS3.4 section C.6.2). */
export const STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1";
/** Study Root Query/Retrieve Information Model - MOVE (PS3.4 section C.6.2). */
export const STUDY_ROOT_MOVE = "1.2.840.10008.5.1.4.1.2.2.2";
/** Study Root Query/Retrieve Information Model - GET (PS3.4 section C.6.2). */
export const STUDY_ROOT_GET = "1.2.840.10008.5.1.4.1.2.2.3";
/** Patient/Study Only Query/Retrieve Information Model - FIND, retired (PS3.4 section C.6.3). */
export const PATIENT_STUDY_ONLY_FIND = "1.2.840.10008.5.1.4.1.2.3.1";
/** Patient/Study Only Query/Retrieve Information Model - MOVE, retired (PS3.4 section C.6.3). */
export const PATIENT_STUDY_ONLY_MOVE = "1.2.840.10008.5.1.4.1.2.3.2";
/** Patient/Study Only Query/Retrieve Information Model - GET, retired (PS3.4 section C.6.3). */
export const PATIENT_STUDY_ONLY_GET = "1.2.840.10008.5.1.4.1.2.3.3";
/** Modality Worklist Information Model - FIND (PS3.4 annex K). */
export const MODALITY_WORKLIST_FIND = "1.2.840.10008.5.1.4.31";
/** Unified Procedure Step - Pull (PS3.4 annex CC). */
export const UNIFIED_PROCEDURE_STEP_PULL = "1.2.840.10008.5.1.4.34.6.3";
/** CT Image Storage. */
export const CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2";
/** MR Image Storage. */
export const MR_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.4";
/** Secondary Capture Image Storage. */
export const SECONDARY_CAPTURE_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.7";
