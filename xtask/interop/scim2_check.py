"""Runs scim2-tester against a SCIM server and prints what it found as JSON, a list of rows.

    scim2_check.py URL TOKEN DOMAIN

Each user name that it makes up ends in DOMAIN, since a directory may push people of its own domains alone.
"""

import json
import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import check_server
from scim2_tester import filling
from scim2_tester.checkers import patch_add, patch_replace


def at_domain(generate, domain):
    def value(context, path, *args, **kwargs):
        made = generate(context, path, *args, **kwargs)
        is_name = str(path).rsplit(":", 1)[-1].lower() in ("username", "user_name")
        return f"{made}@{domain}" if is_name and isinstance(made, str) else made

    return value


def main():
    url, token, domain = sys.argv[1:]
    generate = at_domain(filling.generate_random_value, domain)
    for module in (filling, patch_add, patch_replace):
        module.generate_random_value = generate
    client = Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
    rows = [
        {
            "name": " ".join(filter(None, [result.title, result.resource_type])),
            "status": result.status.name,
            "message": result.reason or "",
        }
        for result in check_server(SyncSCIMClient(client))
    ]
    json.dump(rows, sys.stdout)


main()
