"""The refusals of the Web API with their statuses and codes.

Source: learn.microsoft.com, "Web service error codes" and "Compose HTTP requests and handle errors".
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.dataverse.schema import Table

HELP_LINK = "https://go.microsoft.com/fwlink/?linkid=2195293"


class ServiceError(Exception):
    """A refusal: HTTP status, code as the service writes it, text."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.headers = headers
        self.status = status
        self.code = code
        self.message = message


def bad_request(code: str, message: str) -> ServiceError:
    """A business rule says no."""
    return ServiceError(400, code, message)


def not_supported(what: str) -> ServiceError:
    """Something the real service can do and this stand-in cannot."""
    return ServiceError(501, "0x80040216", f"The sandbox does not support {what}.")


def not_found(table: str, key: str) -> ServiceError:
    """There is no such row."""
    return ServiceError(404, "0x80040217", f"{table} With Id = {key} Does Not Exist")


def key_not_found(table: str) -> ServiceError:
    """The key values match nothing."""
    text = f"A record with the specified key values does not exist in {table} entity"
    return ServiceError(404, "0x80060891", text)


def key_unknown(table: str) -> ServiceError:
    """The table has no such key."""
    text = (
        f"The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.{table}'. Ensure that the names "
        "and number of key properties match the declared or alternate key properties for the resource "
        f"'Microsoft.Dynamics.CRM.{table}'."
    )
    return ServiceError(400, "0x80060890", text)


def segment_unknown(segment: str) -> ServiceError:
    """There is no such resource."""
    return ServiceError(404, "0x80060888", f"Resource not found for the segment '{segment}'.")


def property_unknown(name: str, table: str) -> ServiceError:
    """A query names a property the table does not have."""
    text = f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{table}'."
    return ServiceError(400, "0x80060888", text)


def query_invalid(message: str) -> ServiceError:
    """The query cannot be understood."""
    return ServiceError(400, "0x80060888", message)


def payload_invalid(set_name: str, inner: str) -> ServiceError:
    """The body cannot be understood."""
    text = (
        f"Error identified in Payload provided by the user for Entity :'{set_name}', For more information on this "
        f"error please follow this help link {HELP_LINK}  ---->  InnerException : "
        f"Microsoft.OData.ODataException: {inner}"
    )
    return ServiceError(400, "0x80048d19", text)


def undeclared_property(set_name: str, name: str) -> ServiceError:
    """An `@odata.bind` names no navigation property."""
    inner = (
        f"An undeclared property '{name}' which only has property annotations in the payload but no property value "
        "was found in the payload. In OData, only declared navigation properties and declared named streams can be "
        "represented as properties without values."
    )
    return payload_invalid(set_name, inner)


def too_long(table: str, column: str, length: int) -> ServiceError:
    """A text does not fit."""
    text = (
        f"A validation error occurred.  The length of the '{column}' attribute of the '{table}' entity exceeded the "
        f"maximum allowed length of '{length}'."
    )
    return bad_request("0x80044331", text)


def out_of_range(code: str, table: str, column: str, value: Any) -> ServiceError:
    """A number does not fit."""
    text = (
        f"A validation error occurred.  The value {value} of '{column}' on record of type '{table}' is outside the "
        "valid range."
    )
    return bad_request(code, text)


def state_invalid(table_schema: str, table: str, state: str, reason: Any, key: str) -> ServiceError:
    """A status reason does not belong to the state."""
    text = f"{reason} is not a valid status code for state code {table_schema}State.{state} on {table} with Id {key}."
    return bad_request("0x80048408", text)


def missing(table: str, column: str) -> ServiceError:
    """A column the platform itself needs has no value."""
    return bad_request("0x80040203", f"The '{column}' attribute of the '{table}' entity cannot be null.")


def duplicate_id() -> ServiceError:
    """The primary key is in use."""
    return ServiceError(412, "0x80040237", "Cannot insert duplicate key.")


def row_exists() -> ServiceError:
    """`If-None-Match: *` met an existing row."""
    return ServiceError(412, "", "A record with matching key values already exists.")


def version_mismatch() -> ServiceError:
    """`If-Match` named another version."""
    text = "The version of the existing record doesn't match the RowVersion property provided."
    return ServiceError(412, "0x80060882", text)


def restricted_delete() -> ServiceError:
    """Other rows need this one."""
    text = "The object you tried to delete is associated with another object and cannot be deleted."
    return ServiceError(405, "0x80040227", text)


@dataclass(frozen=True, slots=True)
class Principal:
    """What a refusal tells about the caller."""

    user: str
    roles: int
    privileges: int
    access_mode: int


def privilege_id(name: str) -> str:
    """The id of a privilege: the same one every time."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))


def privilege_denied(principal: Principal, privilege: str, table: str, code: int, label: str) -> ServiceError:
    """The caller's roles lack a privilege."""
    text = (
        f"Principal user (Id={principal.user}, type=8, roleCount={principal.roles}, "
        f"privilegeCount={principal.privileges}, accessMode={principal.access_mode}), is missing {privilege} privilege "
        f"(Id={privilege_id(privilege)}) on OTC={code} for entity '{table}' (LocalizedName='{label}'). "
        f"context.Caller={principal.user}. Consider adding missed privilege to one of the principal (user/team) roles."
    )
    return ServiceError(403, "0x80040220", text)


def row_denied(table: Table, row: Mapping[str, Any], user: str, action: str) -> ServiceError:
    """The caller has the privilege, but it does not reach this row."""
    owner_type = 9 if row.get("_owningteam_value") else 8
    text = (
        f"SecLib::AccessCheckEx failed. Returned hr = -2147187962, ObjectID: {row.get(table.primary_id)}, "
        f"OwnerId: {row.get('_ownerid_value')},  OwnerIdType: {owner_type} and CallingUser: {user}. "
        f"ObjectTypeCode: {table.code}, objectBusinessUnitId: {row.get('_owningbusinessunit_value')}, "
        f"AccessRights: {action}Access"
    )
    return ServiceError(403, "0x80048306", text)
