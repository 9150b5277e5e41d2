#!/usr/bin/env python3
"""Sees to it that the browser tests have a Chromium and a font with Arabic letters, from the
distribution.

As root on Debian or Ubuntu it installs what is missing; anyone else is told what to install (exit
0: the browser tests then say why they are skipped).
"""

import os
import shutil
import subprocess
import sys
from typing import List

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = {"chromium": "chromium", "font": "fonts-noto-core"}


def main() -> int:
    packages = missing()
    if not packages:
        return 0
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        print(
            "The browser tests need: {}. Install with: sudo {}".format(
                " ".join(packages), " ".join(command)
            )
        )
        return 0
    print("Installing {} for the browser tests …".format(" ".join(packages)), flush=True)
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    subprocess.call(["apt-get", "update", "-qq"], env=env)
    return subprocess.call([*command, "-qq"], env=env, stdout=subprocess.DEVNULL)


def missing() -> List[str]:
    """The packages that are not here."""
    wanted = []
    if not any(shutil.which(name) for name in BROWSERS):
        wanted.append(PACKAGES["chromium"])
    if not has_arabic():
        wanted.append(PACKAGES["font"])
    return wanted


def has_arabic() -> bool:
    """Whether some font here has Arabic letters; without fontconfig nobody knows, so no."""
    try:
        return bool(
            subprocess.check_output(
                ["fc-list", ":lang=ar", "file"], stderr=subprocess.DEVNULL
            ).strip()
        )
    except (OSError, subprocess.SubprocessError):
        return False


if __name__ == "__main__":
    sys.exit(main())
