"""Sends C-ECHO by TLS with pynetdicom, or answers it.

usage: pynetdicom_tls.py call|serve PORT CA CERT KEY

Both sides show their certificates, and want one of the authority. The server serves until it is killed.
"""

import ssl
import sys

from pynetdicom import AE

VERIFICATION = "1.2.840.10008.1.1"


def main():
    """Call or serve."""
    role, port, authority, certificate, key = sys.argv[1:6]
    purpose = ssl.Purpose.SERVER_AUTH if role == "call" else ssl.Purpose.CLIENT_AUTH
    context = ssl.create_default_context(purpose, cafile=authority)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(certificate, key)
    entity = AE(ae_title="PYNETDICOM")
    if role == "serve":
        entity.add_supported_context(VERIFICATION)
        entity.start_server(("127.0.0.1", int(port)), ssl_context=context)
        return
    entity.add_requested_context(VERIFICATION)
    association = entity.associate("127.0.0.1", int(port), tls_args=(context, "localhost"))
    if not association.is_established:
        sys.exit("no association")
    status = association.send_c_echo()
    association.release()
    sys.exit(0 if status and status.Status == 0 else "no answer")


main()
