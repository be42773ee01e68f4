"""Answers associations with pynetdicom, and prints who wants them.

usage: pynetdicom_identity.py PORT

Prints a JSON object for each user identity. Refuses the user mallory; confirms all but JSON Web Tokens. (Names
and passwords pynetdicom itself never confirms.)
"""

import json
import sys

from pynetdicom import AE, evt


def identify(event):
    """Print an identity, and answer it."""
    identity = {
        "type": event.user_id_type,
        "primary": event.primary_field.hex(),
        "secondary": (event.secondary_field or b"").hex(),
        "asked": bool(event.assoc.requestor.user_identity.positive_response_requested),
    }
    print(json.dumps(identity), flush=True)
    if event.primary_field == b"mallory":
        return False, None
    return True, None if event.user_id_type == 5 else b"ticket"


def main():
    """Listen."""
    entity = AE()
    entity.add_supported_context("1.2.840.10008.1.1")
    entity.start_server(
        ("127.0.0.1", int(sys.argv[1])), evt_handlers=[(evt.EVT_USER_ID, identify)]
    )


main()
