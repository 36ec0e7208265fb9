"""What of a status reaches its reader."""

from datetime import UTC, datetime, timedelta

from google.protobuf import duration_pb2, timestamp_pb2

import keyvaluedb as kv
from keyvaluedb import _calls as calls
from keyvaluedb.v1 import admin_service_pb2 as admin


def took(seconds: int, microseconds: int) -> duration_pb2.Duration:
    return duration_pb2.Duration(seconds=seconds, nanos=microseconds * 1000)


def at(second: int) -> timestamp_pb2.Timestamp:
    return timestamp_pb2.Timestamp(seconds=second, nanos=7_000_000)


def instant(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC) + timedelta(milliseconds=7)


def test_a_status_has_each_field_of_the_answer() -> None:
    reply = admin.GetStatusResponse(
        version="0.1.0",
        store_id="store",
        history_id="history",
        revision=1,
        oldest_retained_revision=2,
        key_count=3,
        live_bytes=4,
        disk_bytes=5,
        segment_count=6,
        overdue_count=7,
        follower_count=8,
        next_expire_time=at(9),
        logical_time=at(10),
        start_time=at(11),
        key_order=admin.KEY_ORDER_NATURAL,
        history_versions=12,
        alarms=[admin.Alarm(message="no space"), admin.Alarm(message="clock ahead")],
        methods=[
            admin.MethodStatus(
                method="Set",
                call_count=13,
                error_count=14,
                refused_count=15,
                latency=admin.Latency(
                    window=took(61, 16),
                    count=17,
                    p50=took(0, 18),
                    p99=took(0, 19_020),
                    p999=took(0, 999_999),
                    max=took(21, 22),
                ),
                operation_count=33,
                operation_error_count=34,
            ),
            admin.MethodStatus(method="Watch", call_count=23, error_count=24, refused_count=25),
        ],
        sync_latency=admin.Latency(
            window=took(62, 26),
            count=27,
            p50=took(0, 28),
            p99=took(0, 29_030),
            p999=took(0, 999_998),
            max=took(31, 32),
        ),
    )
    assert calls.status().read(reply) == kv.Status(
        version="0.1.0",
        store_id="store",
        history_id="history",
        revision=1,
        oldest_retained_revision=2,
        key_count=3,
        live_bytes=4,
        disk_bytes=5,
        segment_count=6,
        overdue_count=7,
        follower_count=8,
        next_expire_time=instant(9),
        logical_time=instant(10),
        start_time=instant(11),
        key_order="NATURAL",
        history_versions=12,
        alarms=("no space", "clock ahead"),
        methods=(
            kv.MethodStatus(
                method="Set",
                call_count=13,
                error_count=14,
                refused_count=15,
                latency=kv.Latency(
                    window=timedelta(seconds=61, microseconds=16),
                    count=17,
                    p50=timedelta(microseconds=18),
                    p99=timedelta(microseconds=19_020),
                    p999=timedelta(microseconds=999_999),
                    max=timedelta(seconds=21, microseconds=22),
                ),
                operation_count=33,
                operation_error_count=34,
            ),
            kv.MethodStatus(
                method="Watch",
                call_count=23,
                error_count=24,
                refused_count=25,
                latency=None,
                operation_count=0,
                operation_error_count=0,
            ),
        ),
        sync_latency=kv.Latency(
            window=timedelta(seconds=62, microseconds=26),
            count=27,
            p50=timedelta(microseconds=28),
            p99=timedelta(microseconds=29_030),
            p999=timedelta(microseconds=999_998),
            max=timedelta(seconds=31, microseconds=32),
        ),
    )


def test_what_the_answer_leaves_out_is_none() -> None:
    status = calls.status().read(admin.GetStatusResponse())
    assert status.next_expire_time is None
    assert status.alarms == ()
    assert status.methods == ()
    assert status.sync_latency is None


def test_a_latency_of_nothing_but_zeros_is_there() -> None:
    status = calls.status().read(admin.GetStatusResponse(sync_latency=admin.Latency()))
    zero = timedelta()
    assert status.sync_latency == kv.Latency(
        window=zero, count=0, p50=zero, p99=zero, p999=zero, max=zero
    )
