"""Where to deliver, as it is written on a command line: ``jsonl:PATH``, ``webhook:URL`` and so on.

Delivering is not here, and nothing heavy is: every command line reads this.
"""

import re
from typing import NamedTuple

ACCEPTED = (
    "jsonl:PATH, webhook:URL, sns:ENDPOINT, eventbridge:ENDPOINT and sqs:QUEUE_URL"
    " (URLs with http:// or https://)"
)
_URL = re.compile(r"https?://[!-~]+", re.ASCII)  # nothing that could end a header or a line
_KINDS = ("jsonl", "webhook", "sns", "eventbridge", "sqs")
_SECRETS = re.compile(r"//[^/@\s]*@|\?.*", re.DOTALL)


class Spec(NamedTuple):
    """A kind of sink, and the path or URL that it delivers to."""

    kind: str
    target: str

    @property
    def name(self) -> str:
        """Name it for people: without what may be a secret, a URL's user and query."""
        return f"{self.kind}:{redacted(self.target)}"


def parse_spec(text: str) -> Spec:
    """Read one. Raises ValueError, naming what is accepted."""
    kind, _, target = text.partition(":")
    if kind not in _KINDS or not target:
        raise ValueError(f"accepted are {ACCEPTED}")
    if kind != "jsonl" and _URL.fullmatch(target) is None:
        raise ValueError(f"{kind}: takes a URL such as http://127.0.0.1:5000")
    return Spec(kind, target)


def redacted(text: str) -> str:
    """Leave out of a text what may be a secret in a URL."""
    return _SECRETS.sub(lambda found: "//" if found[0].startswith("//") else "", text)
