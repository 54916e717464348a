"""Constants of GonkaGate. No flag, variable or file changes any of them."""

from __future__ import annotations

import enum
from typing import Final

PROVIDER: Final = "gonkagate"
DISPLAY_NAME: Final = "GonkaGate"
PACKAGE: Final = "@ai-sdk/openai-compatible"
TRANSPORT: Final = "chat_completions"
BASE_URL: Final = "https://api.gonkagate.com/v1"
CATALOG_URL: Final = f"{BASE_URL}/models"
KEY_VARIABLE: Final = "GONKAGATE_API_KEY"
KEY_FOLDER: Final = (".gonkagate", "mimo-code")
KEY_NAME: Final = "api-key"
KEY_BINDING: Final = "{file:~/.gonkagate/mimo-code/api-key}"


class Code(enum.StrEnum):
    """The blocker codes of this room."""

    API_KEY_MISSING = "api_key_missing"
    API_KEY_MALFORMED = "api_key_malformed"
    API_KEY_FLAG_REFUSED = "api_key_flag_refused"
    API_KEY_REJECTED = "api_key_rejected"
    KEY_FILE_UNSAFE = "key_file_unsafe"
    CATALOG_UNREACHABLE = "catalog_unreachable"
    CATALOG_MALFORMED = "catalog_malformed"
    CATALOG_EMPTY = "catalog_empty"
    CATALOG_TOO_LARGE = "catalog_too_large"
    CATALOG_UNSAFE = "catalog_unsafe"
    MODEL_NOT_IN_CATALOG = "model_not_in_catalog"
