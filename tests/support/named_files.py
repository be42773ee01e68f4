"""Make small DICOM files whose patient names are in the character sets given.

Argument: JSON of [[patient ID, character sets, name], ...]; the directory to write to comes first.
"""
import json
import sys
import warnings

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

warnings.simplefilter("error")
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
ROOT = "1.2.826.0.1.3680043.10.511.9"

directory, names = sys.argv[1], json.loads(sys.argv[2])
files = []
for index, (patient_id, character_sets, name) in enumerate(names, 1):
    data_set = Dataset()
    data_set.SpecificCharacterSet = character_sets
    data_set.SOPClassUID = SECONDARY_CAPTURE
    data_set.SOPInstanceUID = f"{ROOT}.{index}.1.1"
    data_set.StudyInstanceUID = f"{ROOT}.{index}"
    data_set.SeriesInstanceUID = f"{ROOT}.{index}.1"
    data_set.PatientID = patient_id
    data_set.PatientName = name
    data_set.PatientBirthDate = "19700101"
    data_set.PatientSex = "O"
    data_set.StudyDate = "20200101"
    data_set.StudyTime = "120000"
    data_set.StudyID = str(index)
    data_set.AccessionNumber = f"A{index}"
    data_set.Modality = "OT"
    data_set.SeriesNumber = "1"
    data_set.InstanceNumber = "1"
    data_set.file_meta = FileMetaDataset()
    data_set.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data_set.file_meta.MediaStorageSOPClassUID = SECONDARY_CAPTURE
    data_set.file_meta.MediaStorageSOPInstanceUID = data_set.SOPInstanceUID
    data_set.is_implicit_VR = False
    data_set.is_little_endian = True
    path = f"{directory}/{index}.dcm"
    data_set.save_as(path, write_like_original=False)
    files.append(
        {
            "name": patient_id,
            "path": path,
            "origin": "edited",
            "edits": [],
            "sopClassUid": SECONDARY_CAPTURE,
            "sopInstanceUid": data_set.SOPInstanceUID,
            "studyUid": data_set.StudyInstanceUID,
            "seriesUid": data_set.SeriesInstanceUID,
            "patientId": patient_id,
            "transferSyntaxUid": ExplicitVRLittleEndian,
        }
    )
print(json.dumps(files))
