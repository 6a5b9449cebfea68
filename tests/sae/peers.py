"""Runs a peers test under a Python that has SAELens.

    python3 peers.py VENV_FOLDER SCRIPT ARGUMENTS...

Only with ARCLIGHT_TEST_PEERS=1; otherwise exit code 77 (skipped), aloud. The Python is ARCLIGHT_PEERS_PYTHON, or that
of a virtual environment made once in VENV_FOLDER, into which pip installs the packages below (some GB with PyTorch).
"""
import os
import subprocess
import sys

PACKAGES = ["sae-lens==6.54.12"]


def made_environment(folder):
    python = os.path.join(folder, "bin", "python")
    done = os.path.join(folder, "installed")
    wanted = " ".join(PACKAGES)
    if os.path.exists(done) and open(done).read() == wanted:
        return python
    print("making", folder, "with", wanted, flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    with open(done, "w") as file:
        file.write(wanted)
    return python


def main():
    if os.environ.get("ARCLIGHT_TEST_PEERS") != "1":
        print("skipped: set ARCLIGHT_TEST_PEERS=1 to compare with SAELens")
        return 77
    python = os.environ.get("ARCLIGHT_PEERS_PYTHON") or made_environment(sys.argv[1])
    return subprocess.run([python, "-B", *sys.argv[2:]]).returncode


sys.exit(main())
