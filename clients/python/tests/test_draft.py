"""What a transaction reads of itself, and what becomes of it."""

import pytest

import keyvaluedb as kv
from keyvaluedb._draft import Draft

READ = kv.Entry("a", b"1", revision=7)


def test_what_was_read_becomes_conditions() -> None:
    draft = Draft()
    draft.note_read("a", READ)
    draft.note_read("b", None)
    assert draft.conditions() == [kv.Condition("a", revision=7), kv.Condition("b", revision=0)]


def test_reads_see_the_writes_before_them() -> None:
    draft = Draft()
    assert not draft.knows("a")
    draft.write(kv.Set("a", b"2", content_type="text/plain"))
    assert draft.knows("a")
    assert draft.entry("a") == kv.Entry("a", b"2", revision=0, content_type="text/plain")
    draft.write(kv.Delete("a"))
    assert draft.entry("a") is None
    assert draft.conditions() == []


def test_a_key_is_read_once() -> None:
    draft = Draft()
    draft.note_read("a", READ)
    assert draft.knows("a")
    assert draft.entry("a") is READ


@pytest.mark.parametrize("write", [kv.Increment("a"), kv.Touch("a", persist=True)])
def test_what_is_not_known_cannot_be_read(write: kv.Increment | kv.Touch) -> None:
    draft = Draft()
    draft.write(kv.Set("a", b"1"))
    draft.write(write)
    with pytest.raises(RuntimeError, match="'a' was incremented or touched"):
        draft.knows("a")
    draft.write(kv.Set("a", b"2"))
    assert draft.knows("a")


def test_one_read_alone_needs_no_call() -> None:
    draft = Draft()
    assert draft.is_needless()
    draft.note_read("a", READ)
    assert draft.is_needless()
    draft.note_read("b", None)
    assert not draft.is_needless()


def test_one_write_needs_a_call() -> None:
    draft = Draft()
    draft.write(kv.Delete("a"))
    assert not draft.is_needless()


def test_a_condition_is_one_of_three() -> None:
    with pytest.raises(ValueError, match="one of"):
        kv.Condition("a")
    with pytest.raises(ValueError, match="one of"):
        kv.Precondition(exists=False, revision=0)


def test_one_choice_of_expiration_at_most() -> None:
    with pytest.raises(ValueError, match="one choice"):
        kv.Set("a", b"", ttl=1, keep_expiration=True).request()
    assert kv.Set("a", b"", ttl=0).request().HasField("ttl")
