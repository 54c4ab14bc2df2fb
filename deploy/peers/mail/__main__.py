"""Starts the mail server: `python -m deploy.peers.mail --smtp-port 8425 --http-port 8426`."""

import argparse

from deploy.peers.mail.app import create_app
from deploy.peers.serving import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="deploy.peers.mail", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--smtp-port", type=int, default=8425)
    parser.add_argument("--http-port", type=int, default=8426)
    asked = parser.parse_args()
    serve(create_app(asked.host, asked.smtp_port), asked.host, asked.http_port)


if __name__ == "__main__":
    main()
