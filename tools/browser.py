#!/usr/bin/env python3
"""Provide a Chromium and a font with Arabic letters for the browser tests, from the distribution.

As root on Debian or Ubuntu the script installs what is missing; it tells anyone else what to
install, and ends with 0: the browser tests then say why they are skipped.
"""

import os
import shutil
import subprocess
import sys
from typing import List

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_PACKAGE = "chromium"
FONT_PACKAGE = "fonts-noto-core"
INSTALL = ("apt-get", "install", "--yes", "--no-install-recommends")


def main() -> int:
    """Install the missing packages, or say what to install; return the exit code."""
    packages = missing_packages()
    if not packages:
        return 0
    names = " ".join(packages)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        command = " ".join([*INSTALL, names])
        print(f"The browser tests need: {names}. Install with: sudo {command}")
        return 0
    print(f"Installing {names} for the browser tests …", flush=True)
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    subprocess.call(["apt-get", "update", "-qq"], env=env)
    return subprocess.call(
        [*INSTALL, *packages, "-qq"],
        env=env,
        stdout=subprocess.DEVNULL,
    )


def missing_packages() -> List[str]:
    """List the packages to install."""
    packages = []
    if not any(shutil.which(name) for name in BROWSERS):
        packages.append(CHROMIUM_PACKAGE)
    if not has_arabic_font():
        packages.append(FONT_PACKAGE)
    return packages


def has_arabic_font() -> bool:
    """Tell whether some font has Arabic letters; without fontconfig nobody knows, so no."""
    try:
        fonts = subprocess.check_output(
            ["fc-list", ":lang=ar", "file"],
            stderr=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return bool(fonts.strip())


if __name__ == "__main__":
    sys.exit(main())
