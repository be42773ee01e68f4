"""Sends files by C-STORE with pynetdicom, each in the transfer syntax it is stored in and byte for byte.

usage: store_files.py AE-TITLE PORT LIST DATABASE

LIST is a JSON array of objects with path, sopClassUid and transferSyntaxUid. DATABASE is qrscp's sqlite file:
qrscp answers with success even if it could not index an instance. Prints a JSON object: the path of each file that
cannot be retrieved, with the reason.
"""

import json
import sqlite3
import sys

from pynetdicom import AE, _config

_config.STORE_SEND_CHUNKED_DATASET = True


def main():
    """Send the files over one association."""
    title, port = sys.argv[1], int(sys.argv[2])
    with open(sys.argv[3], encoding="utf-8") as stream:
        files = json.load(stream)
    entity = AE("STOREFILES")
    for pair in sorted({(file["sopClassUid"], file["transferSyntaxUid"]) for file in files}):
        entity.add_requested_context(*pair)
    association = entity.associate("127.0.0.1", port, ae_title=title)
    if not association.is_established:
        sys.exit("no association")
    reasons = {}
    for file in files:
        try:
            status = association.send_c_store(file["path"])
            code = status.get("Status")
            if code is None:
                reasons[file["path"]] = "no response"
            elif code != 0:
                reasons[file["path"]] = f"status 0x{code:04X}"
        except (ValueError, RuntimeError, AttributeError, OSError) as error:
            reasons[file["path"]] = f"{type(error).__name__}: {error}"
    association.release()
    with sqlite3.connect(sys.argv[4]) as database:
        indexed = {row[0] for row in database.execute("SELECT sop_instance_uid FROM instance")}
    for file in files:
        if file["sopInstanceUid"] not in indexed:
            reasons.setdefault(file["path"], "stored, but its database could not take it")
    json.dump(reasons, sys.stdout)


main()
