"""The object pack and the list for NAV's Web Services page, as downloads; both stand in docs/nav-objects."""

import io
import zipfile
from pathlib import Path

from django.conf import settings

from connector.errors import ConfigurationError
from connector.models import Flavour

# The same bytes for the same files: an archive keeps times, and these say nothing.
_MOMENT = (2017, 1, 1, 0, 0, 0)


def object_pack_file(flavour: str = Flavour.NAV2017) -> tuple[bytes, str]:
    """Return the object pack as a ZIP archive and its file name: C/AL text objects, for Business Central the AL project.

    Raises ConfigurationError when the files are not installed with the program.
    """
    folder = _folder()
    parts = [folder / "README.md", *_files(folder / ("al" if flavour == Flavour.BC else "cal"))]
    if flavour != Flavour.BC:
        parts.append(folder / "web-services.txt")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            info = zipfile.ZipInfo(part.relative_to(folder).as_posix(), _MOMENT)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, part.read_bytes())
    return packed.getvalue(), f"nav-sales-connector-{'al' if flavour == Flavour.BC else 'cal'}.zip"


def web_services_file(flavour: str = Flavour.NAV2017) -> tuple[bytes, str]:
    """Return the rows for NAV's *Web Services* page (tab-separated, or XML for Business Central) and the file name."""
    folder = _folder()
    part = folder / "al" / "WebServices.xml" if flavour == Flavour.BC else folder / "web-services.txt"
    return part.read_bytes(), part.name


def _folder() -> Path:
    folder = Path(settings.BASE_DIR) / "docs" / "nav-objects"
    if not folder.is_dir():
        raise ConfigurationError(
            "The object pack is not installed with this program: the folder docs/nav-objects is missing. Take it from the "
            "program's source.",
            code="no_pack",
        )
    return folder


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())
