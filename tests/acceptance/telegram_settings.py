"""The suite's project with a bot."""

from __future__ import annotations

import json
import os

from tests.settings import *  # noqa: F403

DSN = {"MESSENGERS": json.loads(os.environ["TELEGRAM_ACCOUNTS"])}
