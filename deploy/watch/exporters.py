"""What rules and dashboards ask of others' exporters, with the labels that they ask by.

Read at RabbitMQ 3.10.8 (rabbitmq_prometheus), postgres_exporter 0.11.1 and node_exporter 1.5.0, those of Debian 12.
"""

from __future__ import annotations

from collections.abc import Mapping

RABBITMQ: Mapping[str, tuple[str, ...]] = {
    "rabbitmq_alarms_free_disk_space_watermark": (),
    "rabbitmq_alarms_memory_used_watermark": (),
    "rabbitmq_detailed_queue_consumers": ("vhost", "queue"),
    "rabbitmq_detailed_queue_messages_ready": ("vhost", "queue"),
    "rabbitmq_disk_space_available_bytes": (),
    "rabbitmq_disk_space_available_limit_bytes": (),
    "rabbitmq_global_messages_confirmed_total": (),
    "rabbitmq_global_messages_delivered_total": (),
    "rabbitmq_global_messages_received_total": (),
    "rabbitmq_process_resident_memory_bytes": (),
    "rabbitmq_resident_memory_limit_bytes": (),
}
POSTGRESQL: Mapping[str, tuple[str, ...]] = {
    "pg_database_size_bytes": ("datname",),
    "pg_settings_max_connections": (),
    "pg_stat_activity_count": ("datname", "state"),
    "pg_stat_activity_max_tx_duration": ("datname", "state"),
    "pg_stat_database_xact_commit": ("datname",),
    "pg_stat_database_xact_rollback": ("datname",),
    "pg_up": (),
}
NODE: Mapping[str, tuple[str, ...]] = {
    "node_cpu_seconds_total": ("mode",),
    "node_filesystem_avail_bytes": ("fstype", "mountpoint"),
    "node_filesystem_size_bytes": ("fstype", "mountpoint"),
    "node_memory_MemAvailable_bytes": (),
    "node_memory_MemTotal_bytes": (),
}
PROMETHEUS: Mapping[str, tuple[str, ...]] = {"up": ()}
OF_OTHERS = {**RABBITMQ, **POSTGRESQL, **NODE, **PROMETHEUS}
