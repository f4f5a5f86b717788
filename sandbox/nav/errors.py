"""The errors the ERP answers with, by its own codes (reference 4.3)."""

from __future__ import annotations

from typing import Any, Final

STATUS_OF: Final[dict[str, int]] = {
    "BadRequest_NotFound": 404,
    "BadRequest_ResourceNotFound": 404,
    "BadRequest_MethodNotAllowed": 405,
    "BadRequest_MethodNotImplemented": 501,
    "Request_EntityChanged": 409,
    "Authentication_InvalidCredentials": 401,
    "Internal_CompanyNotFound": 404,
    "Internal_RecordNotFound": 404,
    "Internal_EntityWithSameKeyExists": 409,
    "Internal_ServerError": 500,
    "Internal_TenantUnavailable": 503,
}


class NavError(Exception):
    """A refusal; the status follows from the code, 400 unless the code has its own."""

    def __init__(self, code: str, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status or STATUS_OF.get(code, 400)


def not_supported(what: str) -> NavError:
    """501: the stand-in never answers wrongly instead."""
    return NavError("BadRequest_MethodNotImplemented", what)


def unknown_property(name: str, type_name: str) -> NavError:
    return NavError("BadRequest", f"Could not find a property named '{name}' on type '{type_name}'.")


def dialog(message: str) -> NavError:
    """What business code refuses."""
    return NavError("Application_DialogException", message)


def field_refused(message: str) -> NavError:
    """A field that must have, or must not have, a value."""
    return NavError("Application_FieldValidationException", message)


def callback_refused(question: str) -> NavError:
    """Business code that would ask a person."""
    text = "Microsoft Dynamics NAV Server attempted to issue a client callback to show a confirmation dialog box: "
    return NavError(
        "Application_CallbackNotAllowed",
        f"{text}{question} Client callbacks are not supported on Microsoft Dynamics NAV Server.",
    )


def record_not_found(caption: str, key: dict[str, Any]) -> NavError:
    return NavError(
        "Internal_RecordNotFound",
        f"The {caption} does not exist. Identification fields and values: {identification(key)}",
    )


def record_exists(caption: str, key: dict[str, Any]) -> NavError:
    return NavError(
        "Internal_EntityWithSameKeyExists",
        f"The record in table {caption} already exists. Identification fields and values: {identification(key)}",
    )


def identification(key: dict[str, Any]) -> str:
    """`No.='10000'` for every part of a key."""
    return ",".join(f"{name.replace('_', ' ')}='{value}'" for name, value in key.items())
