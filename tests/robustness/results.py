"""Where campaigns write what they found."""

import os
from pathlib import Path
from typing import Any

from tfiqa.files import atomic


def write_results(name: str, content: dict[str, Any]) -> None:
    """Writes `NAME.json` into the folder `TFIQA_CAMPAIGN_RESULTS`, if that is set."""
    folder = os.environ.get("TFIQA_CAMPAIGN_RESULTS")
    if folder is not None:
        Path(folder).mkdir(parents=True, exist_ok=True)
        atomic.write_json(Path(folder) / f"{name}.json", content)
