"""What compose asks of a process: `python -m deploy.ready URL` fails unless all is well there."""

import sys
import urllib.request

if __name__ == "__main__":
    # An address of this very container. Anything but success raises, and the exit code is 1.
    urllib.request.urlopen(sys.argv[1], timeout=3).close()  # noqa: S310
