"""What the archive alone can judge, by its calendar or by what intake and relay saw: its open alerts are passed on."""

from __future__ import annotations

from collections.abc import Collection

from deploy.watch.alerts.alert import AS_RAISED, Alert
from deploy.watch.asking import worst


def pass_on(kinds: Collection[str]) -> Alert:
    """Return the alert that there are open ones of some kinds."""
    chosen = "|".join(sorted(kinds))
    opened = worst(f'xinglin_archive_alerts_open{{alert=~"{chosen}"}}')
    return Alert(
        "{{ $labels.alert }}",
        AS_RAISED,
        f"{opened} > 0",
        "0m",
        "档案告警：{{ $labels.alert }}",
        "{{ $labels.alert }} 有 {{ $value }} 项未了结，详情见 xinglin alerts --open。",
        name="ArchiveAlert",
    )
