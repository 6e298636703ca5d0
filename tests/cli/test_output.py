"""What is printed for people: fields in a line, without what says nothing."""

from vaultclock.adapters.cli.output import summary


def test_a_line_leaves_out_what_was_not_set_at_every_depth() -> None:
    fields = {
        "vault_name": "prod",
        "resource_name": None,
        "tags": {},
        "lifecycle": {"delete_after_days": 35, "move_to_cold_after_days": None},
        "rules": [{"name": "daily", "lifecycle": None}],
    }
    assert summary(fields) == (
        'vault_name=prod lifecycle={"delete_after_days": 35} rules=[{"name": "daily"}]'
    )
