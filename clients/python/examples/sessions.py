"""Sessions that expire: `python examples/sessions.py 127.0.0.1:50051`.

Keeps sessions as JSON, counts visits in a transaction, and waits until it is told that one expired.
"""

import sys
from dataclasses import asdict, dataclass

from keyvaluedb import (
    Client,
    ConflictError,
    JsonCodec,
    MappedCodec,
    Precondition,
    Prefix,
    Transaction,
)


@dataclass(frozen=True)
class Session:
    """Who is there."""

    user: str
    visits: int


SESSIONS = MappedCodec(JsonCodec(), asdict, lambda read: Session(**read))


def main(address: str) -> None:
    """Show it."""
    with Client(address) as client:
        sessions = client.view(SESSIONS)
        client.delete_range(Prefix("session/"))
        with client.watch_expirations(Prefix("session/"), include_value=True) as expirations:
            next(expirations)  # It is connected, and misses nothing from here.
            sessions.set("session/1", Session("ada", 1), ttl=1)
            try:
                absent = Precondition(exists=False)
                sessions.set("session/1", Session("eve", 1), precondition=absent)
            except ConflictError as error:
                print("not set:", error)

            def visit(transaction: Transaction) -> Session:
                entry = transaction.get("session/1")
                if entry is None:
                    raise LookupError("the session is gone")
                session = sessions.decode(entry).value
                again = Session(session.user, session.visits + 1)
                transaction.set_value("session/1", again, SESSIONS, ttl=0.5)
                return again

            print("now:", client.transaction(visit))
            for entry in sessions.scan(Prefix("session/")):
                print("there:", entry.key, entry.value, "until", entry.expire_time)
            for message in expirations:
                for expiration in message.expirations:
                    print("expired:", expiration.key, expiration.value.decode())
                    return


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:50051")
