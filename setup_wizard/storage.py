"""Where the wizard keeps what a person entered: in the open SetupDraft, so that the browser can be closed.

formtools asks for a storage class; ours keeps plain values per step instead of form data, secrets apart and encrypted, and
raises a version with every save, so that a second tab that shows an older state cannot overwrite a newer one.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from formtools.wizard.storage.base import BaseStorage

from setup_wizard.models import SetupDraft

DONE = "done"
# What a change of one step makes doubtful: these steps are open again.
DOUBTS: dict[str, tuple[str, ...]] = {
    "nav": ("tables", "proof"),
    "sales": ("administrator", "user", "proof"),
    "administrator": ("proof",),
    "tables": ("proof",),
}


class DraftIsBehind(Exception):
    """Somebody, perhaps another tab of the same person, has saved since this page was shown."""


def draft_open() -> SetupDraft | None:
    """Return the set-up in progress. There is one for the whole installation; two that began at once share the first."""
    return SetupDraft.objects.filter(finished_at=None).order_by("pk").first()


def draft_finished() -> SetupDraft | None:
    """Return the set-up that was finished last."""
    return SetupDraft.objects.exclude(finished_at=None).order_by("-finished_at").first()


def draft_latest() -> SetupDraft | None:
    """Return the set-up in progress, else the one that was finished last; one question to the database."""
    return SetupDraft.objects.order_by(F("finished_at").desc(nulls_first=True), "pk").first()


class DraftStorage(BaseStorage):  # type: ignore[misc]  # formtools has no types
    """The open draft as formtools sees it; a fresh one is stored with its first save, so that looking leaves no trace."""

    def __init__(self, prefix: str, request: HttpRequest | None = None, file_storage: Any = None) -> None:
        super().__init__(prefix, request, file_storage)
        self.draft = draft_open() or SetupDraft()
        self.init_data()
        self.data[self.step_key] = self.draft.step or None

    def answers(self, step: str) -> dict[str, Any]:
        """Return what is kept of a step; secrets are not among it."""
        return dict(self.draft.answers.get(step) or {})

    @property
    def done(self) -> list[str]:
        """The steps that are complete."""
        return list(self.draft.answers.get(DONE) or [])

    def get_step_data(self, step: str) -> None:
        """Return None: no form data is kept, forms are filled from `answers` (a stored form would repeat its look)."""

    def save(
        self,
        version: int,
        step: str,
        answers: Mapping[str, Any],
        *,
        secrets: Mapping[str, str] | None = None,
        is_done: bool = False,
        go_to: str = "",
    ) -> None:
        """Keep a step's values, and whether it is complete. Raises DraftIsBehind when `version` is not the newest."""
        draft = self.draft
        kept = dict(draft.answers)
        is_changed = _without_found(kept.get(step)) != _without_found(answers) or bool(secrets)
        kept[step] = dict(answers)
        for name, text in (secrets or {}).items():
            draft.secret_set(name, text)
        kept[DONE] = _done_now(self.done, step, is_done=is_done, is_changed=is_changed)
        draft.answers, draft.step = kept, go_to or step
        if self.request is not None and self.request.user.is_authenticated:
            draft.user = self.request.user
        draft_save(draft, version)

    def leave_to(self, step: str) -> None:
        """Remember where the person goes on; no entry changes, so the version stays."""
        self.draft.step = step
        SetupDraft.objects.filter(pk=self.draft.pk).update(step=step)


def _without_found(answers: Any) -> dict[str, Any]:
    return {name: value for name, value in (answers or {}).items() if name != "found"}


def _done_now(done: Iterable[str], step: str, *, is_done: bool, is_changed: bool) -> list[str]:
    doubted = DOUBTS.get(step, ()) if is_changed else ()
    left = [name for name in done if name != step and name not in doubted]
    return [*left, step] if is_done else left


def draft_save(draft: SetupDraft, version: int) -> None:
    """Store a draft if its version is still this one, and raise it. Raises DraftIsBehind otherwise."""
    with transaction.atomic():
        if draft._state.adding:
            if draft_open() is not None:
                raise DraftIsBehind
            draft.version = version + 1
            draft.save()
            return
        changed = SetupDraft.objects.filter(pk=draft.pk, version=version, finished_at=None).update(
            answers=draft.answers,
            secret_answers=draft.secret_answers,
            step=draft.step,
            user=draft.user,
            version=version + 1,
            changed_at=timezone.now(),
        )
        if not changed:
            raise DraftIsBehind
        draft.version = version + 1
