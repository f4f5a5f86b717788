"""Compile every django.po under this folder to django.mo, without the gettext tools: `python locale/compile.py`.

The same result as `manage.py compilemessages`, for machines that have no msgfmt. Fuzzy and empty entries are left out.
"""

import ast
import struct
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
MAGIC = 0x950412DE


def read_entries(path: Path) -> dict[str, str]:
    """Return the messages of a catalogue as the binary form keys them: context and plural joined by control signs."""
    entries: dict[str, str] = {}
    parts: dict[str, str] = {}
    place, is_fuzzy = "", False

    def keep() -> None:
        texts = [parts[name] for name in sorted(parts) if name.startswith("msgstr")]
        if "msgid" in parts and not is_fuzzy and all(texts):
            key = parts["msgid"] + (f"\0{parts['msgid_plural']}" if "msgid_plural" in parts else "")
            entries[f"{parts['msgctxt']}\4{key}" if "msgctxt" in parts else key] = "\0".join(texts)

    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        if not line.strip():
            keep()
            parts, place, is_fuzzy = {}, "", False
        elif line.startswith("#"):
            is_fuzzy = is_fuzzy or (line.startswith("#,") and "fuzzy" in line)
        elif line.startswith('"'):
            parts[place] += ast.literal_eval(line)
        else:
            place, text = line.split(" ", 1)
            parts[place] = ast.literal_eval(text)
    return entries


def compiled(entries: dict[str, str]) -> bytes:
    """Return the binary form that Python's gettext reads."""
    pairs = sorted((key.encode(), text.encode()) for key, text in entries.items())
    start = 7 * 4 + 16 * len(pairs)
    keys = b"".join(key + b"\0" for key, _text in pairs)
    texts = b"".join(text + b"\0" for _key, text in pairs)
    key_table, text_table, key_at, text_at = b"", b"", start, start + len(keys)
    for key, text in pairs:
        key_table += struct.pack("<2I", len(key), key_at)
        text_table += struct.pack("<2I", len(text), text_at)
        key_at, text_at = key_at + len(key) + 1, text_at + len(text) + 1
    head = struct.pack("<7I", MAGIC, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    return head + key_table + text_table + keys + texts


def main() -> int:
    """Compile all catalogues; say how many messages each holds."""
    for path in sorted(HERE.glob("*/LC_MESSAGES/django.po")):
        target = path.with_suffix(".mo")
        entries = read_entries(path)
        target.write_bytes(compiled(entries))
        sys.stdout.write(f"{path.parent.parent.name}: {len(entries) - 1} messages\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
