"""What becomes of a delivery and of its webhook after an attempt: tried again when, paused, given up, disabled."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from jobs.webhook_sending import Answer
from ledger.deliveries import Claimed, Outcome
from ledger.webhook_health import Health
from settings import WebhookSettings

# Failures in a row after which a receiver is asked by one message at a time, with pauses in between.
PAUSE_AFTER = 5
LONGEST_PAUSE_S = 60.0
# Receivers that failed together are not asked again together.
JITTER = 0.2


class Tried(Struct, frozen=True):
    """A claimed delivery and the answer to it, None if it was not sent."""

    claimed: Claimed
    answer: Answer | None


class Course(Struct, frozen=True, kw_only=True):
    """How a webhook does after some attempts; `disabled` says why it is to be disabled, None if it is not."""

    failures: int
    since: datetime | None
    pause_s: float | None
    disabled: str | None


def retry_waits(settings: WebhookSettings) -> tuple[float, ...]:
    """Return the seconds to wait after the first, second, ... failed attempt."""
    return tuple(float(wait) for wait in settings.webhook_retries.split(","))


def course_of(health: Health, tried: Sequence[Tried], settings: WebhookSettings) -> Course:
    """Return how a webhook does, given how it did and what was tried since, in order."""
    answers = [one.answer for one in tried if one.answer is not None]
    last = 0
    for answer in reversed(answers):
        if answer.is_good:
            break
        last += 1
    got_through = last < len(answers)
    failures = last if got_through else health.failures + last
    since = None if not failures else health.now if got_through else health.failing_since or health.now
    return Course(
        failures=failures,
        since=since,
        pause_s=_pause_s(failures, retry_waits(settings), answers[-1].again_s if last else 0.0),
        disabled=_disabled(health, failures, since, answers, settings),
    )


def _pause_s(failures: int, waits: Sequence[float], asked_s: float) -> float | None:
    """For how long nothing at all is sent: as a receiver that is too busy asks, or after several failures in a row."""
    own_s = 0.0
    if failures >= PAUSE_AFTER:
        own_s = min(waits[min(failures - PAUSE_AFTER, len(waits) - 1)], LONGEST_PAUSE_S) * _jitter()
    return max(own_s, asked_s) or None


def _disabled(
    health: Health, failures: int, since: datetime | None, answers: Sequence[Answer], settings: WebhookSettings
) -> str | None:
    """Why a webhook is to be disabled: its receiver says so, or has not answered well for too often and too long."""
    if any(answer.is_gone for answer in answers):
        return "the receiver answered 410 Gone"
    if since is None or failures < settings.webhook_disable_failures:
        return None
    if (health.now - since).total_seconds() < settings.webhook_disable_after_s:
        return None
    return f"{failures} attempts in a row have failed, the last: {answers[-1].error}"


def outcome_of(one: Tried, course: Course, settings: WebhookSettings) -> Outcome:
    """Return what becomes of a delivery.

    It is given up once it was tried as often as settings say, but not while nothing at all gets through: that is for
    the webhook to be disabled for, and then nothing is lost.
    """
    seq, claim, answer = one.claimed.event.seq, one.claimed.claim, one.answer
    if answer is None:
        return Outcome(seq=seq, claim=claim, state="pending", tried=False)
    if answer.is_good:
        return Outcome(seq=seq, claim=claim, state="delivered", status=answer.status)
    waits = retry_waits(settings)
    attempts = one.claimed.attempts + 1
    is_over = attempts > len(waits) and not _failing_throughout(one.claimed, course)
    return Outcome(
        seq=seq,
        claim=claim,
        state="failed" if is_over else "pending",
        wait_s=max(waits[min(attempts, len(waits)) - 1] * _jitter(), answer.again_s),
        status=answer.status,
        error=answer.error,
    )


def _failing_throughout(claimed: Claimed, course: Course) -> bool:
    return course.since is not None and (claimed.first_at is None or course.since <= claimed.first_at)


def _jitter() -> float:
    return random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  # spreads load, guards nothing
