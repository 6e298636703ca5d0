"""Which paths are the control API's. Its verbs are loaded when one of them is first asked for."""

PREFIX = "/_vaultclock"
PATHS_OUTSIDE = frozenset({"/health", "/_localstack/health", "/moto-api/reset"})  # peers' names


def is_control(raw_path: str) -> bool:
    """Tell whether a path is the control API's rather than an AWS call's."""
    return raw_path.startswith(PREFIX) or raw_path in PATHS_OUTSIDE
