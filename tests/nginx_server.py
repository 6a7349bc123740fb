"""A real nginx with docker/nginx.conf as containers run it: only paths, ports and the secret are the test's own."""

import os
import re
import shutil
from pathlib import Path

from django.conf import settings

from apps.streaming.domain.signing import derive_keys
from tests.rooms_servers import ROOT, Server, free_port

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin:/opt/homebrew/bin")
TEMPLATE = ROOT / "docker" / "nginx.conf"
MIME_TYPES = ("/etc/nginx/mime.types", "/opt/homebrew/etc/nginx/mime.types")


def rendered(values: dict[str, str], template: str) -> str:
    """As ``envsubst`` does it: every ``${NAME}`` is filled in; an unknown one is a fault of the file."""
    return re.sub(r"\$\{([A-Z_]+)\}", lambda match: values[match[1]], template)


def nginx_server(
    folder: Path,
    *,
    app_port: int,
    text: str = "",
    media_root: Path | None = None,
    secret: str = "",
    trusted_proxy: str = "192.0.2.1",
) -> Server:
    """nginx below ``folder``, in front of ``app_port``; ``text`` replaces the house's configuration.

    Without ``media_root`` and ``secret`` it serves the films of the test's own settings.
    """
    assert NGINX, "These tests need nginx; `make nginx` installs it."
    port = free_port()
    for name in ("temp", "dist/assets"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    shutil.copyfile(next(path for path in MIME_TYPES if Path(path).exists()), folder / "mime.types")
    values = {
        "NGINX_LISTEN": f"127.0.0.1:{port}",
        "NGINX_DIST": str(folder / "dist"),
        "NGINX_TEMP": str(folder / "temp"),
        "NGINX_TRUSTED_PROXY": trusted_proxy,
        "NGINX_APP": f"127.0.0.1:{app_port}",
        "NGINX_LOCAL_RESOLVERS": "127.0.0.1",
        "MEDIA_ROOT": str(media_root or settings.MEDIA_ROOT),
        "MEDIA_EDGE_SECRET": derive_keys(secret or settings.SECRET_KEY).edge,
    }
    conf = folder / "nginx.conf"
    conf.write_text(rendered(values, text or TEMPLATE.read_text()))
    user = "user root; " if os.geteuid() == 0 else ""  # the folders of a test are closed to others
    main = f"daemon off; pid {folder}/nginx.pid; error_log stderr warn; {user}"
    return Server([NGINX, "-p", str(folder), "-c", str(conf), "-g", main], port)
