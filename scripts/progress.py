"""Progress in the terminal: rows that change in place, or one line after the other where the output is no terminal."""

import re
import shutil
from typing import TextIO

NAME_WIDTH = 34  # sync/management/running.py, progress_text


def without_addresses(text: str) -> str:
    """Take the scheme off addresses: the demo prints no address before it is ready, so that nobody opens it too early."""
    return re.sub(r"https?://", "", text)


class Progress:
    """The rows of a run, by the name in their first columns."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.live = stream.isatty()
        self.rows: dict[str, str] = {}

    def show(self, line: str) -> None:
        """Show a new state of the row that `line` names."""
        line = without_addresses(line.rstrip())
        if not self.live:
            print(line, file=self.stream, flush=True)
            return
        width = shutil.get_terminal_size().columns - 1
        if self.rows:
            self.stream.write(f"\x1b[{len(self.rows)}F")
        self.rows[line[:NAME_WIDTH].strip()] = line
        self.stream.writelines(f"\x1b[2K{row[:width]}\n" for row in self.rows.values())
        self.stream.flush()
