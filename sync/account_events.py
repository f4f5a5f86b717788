"""What people do with their own account, noted as AuditEvents: allauth's and Django's signals."""

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from allauth.socialaccount import signals as organization
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in

from sync.models import AuditEvent
from sync.sessions import session_begin


def _note(user: User, what: str, **details: Any) -> None:
    name = user.get_username()
    AuditEvent.objects.create(who=user.get_full_name() or name, what=what, on_what=name, details=details)


def password_changed(user: User, **_signal: Any) -> None:
    """Note a password that its owner changed."""
    _note(user, "password_change")


def password_chosen(user: User, **_signal: Any) -> None:
    """Note a password that was chosen with an administrator's link, or as the first one."""
    _note(user, "password_choose")


def second_step_added(user: User, authenticator: Authenticator, **_signal: Any) -> None:
    """Note a new second step; recovery codes come along with it."""
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        _note(user, "second_factor_add", kind=str(authenticator.type))


def second_step_removed(user: User, authenticator: Authenticator, **_signal: Any) -> None:
    """Note a second step that its owner removed."""
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        _note(user, "second_factor_remove", kind=str(authenticator.type))


def account_connected(sociallogin: Any, **_signal: Any) -> None:
    """Note an organization's account that was connected."""
    _note(sociallogin.user, "sign_in_connect")


def account_disconnected(socialaccount: Any, **_signal: Any) -> None:
    """Note an organization's account that was disconnected."""
    _note(socialaccount.user, "sign_in_disconnect")


def events_connect() -> None:
    """Listen from now on."""
    user_logged_in.connect(session_begin, dispatch_uid="sync.session_begin")
    account.password_changed.connect(password_changed, dispatch_uid="sync.password_changed")
    account.password_set.connect(password_chosen, dispatch_uid="sync.password_set")
    account.password_reset.connect(password_chosen, dispatch_uid="sync.password_reset")
    mfa.authenticator_added.connect(second_step_added, dispatch_uid="sync.second_step_added")
    mfa.authenticator_removed.connect(second_step_removed, dispatch_uid="sync.second_step_removed")
    organization.social_account_added.connect(account_connected, dispatch_uid="sync.account_connected")
    organization.social_account_removed.connect(account_disconnected, dispatch_uid="sync.account_disconnected")
