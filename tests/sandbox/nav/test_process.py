"""The stand-in as a process: ready line, TLS, control calls, end."""

import json
import ssl
import subprocess
import sys
import urllib.request
from base64 import b64encode
from pathlib import Path


def test_process_serves_over_tls_and_ends(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "sandbox.nav",
        "--objects",
        "pack",
        "--data-dir",
        str(tmp_path),
        "--dataset",
        "trouble",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            nav = ready["nav"]
            assert nav["url"].endswith("/ODataV4") and nav["oauth"] is None
            context = ssl.create_default_context(cafile=ready["ca"])
            credentials = b64encode(f"{nav['user']}:{nav['key']}".encode()).decode()
            request = urllib.request.Request(
                f"{nav['url']}/Company('CRONUS%20International%20Ltd.')/CustomerCard('T10060')",
                headers={"Authorization": f"Basic {credentials}"},
            )
            opener = urllib.request.build_opener(
                urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
            )
            with opener.open(request, timeout=10) as answer:
                assert json.load(answer)["Name"] == ""
            base = nav["url"].removesuffix("/DynamicsNAV100/ODataV4")
            with opener.open(f"{base}/_sandbox/table/Customer?$top=1", timeout=10) as answer:
                assert json.load(answer)["count"] == 40
        finally:
            process.terminate()
            process.wait(timeout=10)
    assert process.returncode is not None
