"""Starts the gateway: `python -m deploy.peers.payments --port 8420 --database payments.sqlite`."""

import argparse
from pathlib import Path

from deploy.peers.payments.app import create_app
from deploy.peers.payments.gateway import Settings
from deploy.peers.serving import serve


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="deploy.peers.payments", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8420)
    parser.add_argument("--database", type=Path, required=True, help="file that keeps everything")
    parser.add_argument("--secret-key", default="sk_test_sandbox", help="what callers must bear")
    parser.add_argument("--webhook-url", help="where events go; without it they go nowhere")
    parser.add_argument(
        "--webhook-secret", default="whsec_sandbox", help="what events are signed with"
    )
    return parser.parse_args()


def main() -> None:
    asked = arguments()
    settings = Settings(
        database=asked.database,
        secret_key=asked.secret_key,
        webhook_url=asked.webhook_url,
        webhook_secret=asked.webhook_secret,
    )
    serve(create_app(settings), asked.host, asked.port)


if __name__ == "__main__":
    main()
