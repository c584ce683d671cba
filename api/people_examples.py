"""Examples of people, sessions, keys and reads, made of the same Structs as the answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec.structs import asdict

from api.about import AboutView, BrowserQueryView, CategoryView
from api.actors import ActorPage
from api.keys import CreatedKeyView, KeyInput, KeyPage, KeyView
from api.read_log import ReadPage, ReadView
from api.sessions import MeView, PasswordInput, SessionInput, SessionView
from api.users import CreatedUserView, ResetView, UserInput, UserPage, UserView
from graph.catalog import load_catalog
from ledger.actors import Actor

AT = datetime(2019, 3, 1, 12, tzinfo=UTC)
USER = UserView(
    id="usr_01hr4m8w4e3v9m7c2k5t6q8z0g",
    name="ann",
    role="investigator",
    must_change_password=False,
    created_by="key_01hr4m8w4e3v9m7c2k5t6q8z0e",
    created_at=AT,
    disabled_at=None,
)
FIRST = "e1Jm0fXq7VZr2LtKc5Pw"
KEY = KeyView(
    id="key_01hr4m8w4e3v9m7c2k5t6q8z0h",
    name="payment hub",
    role="integrator",
    last4="w3Xg",
    created_by=USER.id,
    created_at=AT,
    revoked_at=None,
)
READ = ReadView(
    seq=1,
    at=datetime(2019, 3, 1, 12, 0, 1, tzinfo=UTC),
    id="4bf92f3577b34da6a3ce929d0e0e4736",
    read_at=AT,
    actor=USER.id,
    operation="get_wallet_exposure",
    subject="eth:0x098b716b8aaf21512996dc57eb0615e2383e2f96",
    request_id="8b1f6c3e0d5a4f27b2f1c7a96f0e4d11",
    previous_hash="0" * 64,
    hash="2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
)

ANSWERS: Mapping[str, object] = {
    "create_session": SessionView(
        id=USER.id, name=USER.name, role=USER.role, must_change_password=True, ends_at=AT.replace(day=2)
    ),
    "end_session": None,
    "get_me": MeView(id=USER.id, name=USER.name, role=USER.role, kind="person", must_change_password=False),
    "get_about": AboutView(
        reference_currency="USD",
        neo4j_browser_url="http://127.0.0.1:7474/browser/",
        browser_queries=[BrowserQueryView.from_query(load_catalog()["browse_latest"])],
        categories=[CategoryView(name="mixer", class_="illicit", severity=0.6, title="Mixer")],
    ),
    "list_actors": ActorPage([Actor(USER.id, USER.name, USER.role, may_act=True)], None),
    "change_password": None,
    "create_user": CreatedUserView(**asdict(USER) | {"must_change_password": True}, password=FIRST),
    "list_users": UserPage([USER], "WyJ1c2VycyIsMTdd"),
    "get_user": USER,
    "reset_user_password": ResetView(id=USER.id, password=FIRST),
    "disable_user": None,
    "create_key": CreatedKeyView(**asdict(KEY), key="hw_7d1c0000000000000000000000000000000000w3Xg"),
    "list_keys": KeyPage([KEY], None),
    "revoke_key": None,
    "list_reads": ReadPage([READ], None),
}
BODIES: Mapping[str, object] = {
    "create_session": SessionInput(name="ann", password=FIRST),
    "change_password": PasswordInput(current=FIRST, new="winter moth on a slate roof"),
    "create_user": UserInput(name="ann", role="investigator"),
    "create_key": KeyInput(name="payment hub", role="integrator"),
}
PARAMETERS: Mapping[str, object] = {"user": USER.id, "api_key": KEY.id, "actor": USER.id}
