"""What the two set-up commands print: the form of design 9 for programs, sentences for people."""

import json
from collections.abc import Sequence
from typing import Any

from django.core.management.base import OutputWrapper

from connector.errors import IntegrationError
from connector.services import Check
from setup_wizard.models import CheckState
from setup_wizard.proof.checks import CheckMade
from setup_wizard.services import SetupResult

WELL, COULD_NOT_RUN = 0, 2


def report_of(command: str, result: SetupResult, proof: Sequence[CheckMade] = ()) -> dict[str, Any]:
    """Return the one JSON object of a set-up or test."""
    failed = [check for check in (*result.nav, *result.sales, *result.parts) if not check.ok]
    errors = [_error("", check.name, check.text) for check in failed]
    errors += [_error("", "mapping_issue", issue) for issue in result.issues]
    errors += [_error("", made.step.key, made.result.sentence) for made in proof if _has_failed(made)]
    return _object(command, "finished" if is_well(result, proof) else "failed", errors) | {
        "connections": {"erp": _checks(result.nav), "crm": _checks(result.sales)},
        "parts": _checks(result.parts),
        "proof": [
            {
                "key": made.step.key,
                "group": made.step.group,
                "title": made.step.title,
                "state": str(made.result.state),
                "sentence": made.result.sentence,
                "todo": made.result.todo,
                "seconds": round(made.seconds, 3),
            }
            for made in proof
        ],
        "enabled": result.enabled,
        "installed": result.mappings,
    }


def is_well(result: SetupResult, proof: Sequence[CheckMade] = ()) -> bool:
    """Tell whether tests, parts and checks all went well; a warning and an issue of one mapping do not count."""
    return result.ok and not any(_has_failed(made) for made in proof)


def _has_failed(made: CheckMade) -> bool:
    return made.result.state == CheckState.FAILED


def refusal_of(command: str, error: IntegrationError) -> dict[str, Any]:
    """Return the one JSON object for a set-up that could not run."""
    return _object(command, "refused", [_error("", error.code, str(error))])


def empty_report(command: str, status: str) -> dict[str, Any]:
    """Return the one JSON object of design 9 without anything in it."""
    return _object(command, status, [])


def _object(command: str, status: str, errors: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "schema": 1,
        "command": command,
        "run": "",
        "status": status,
        "mappings": [],
        "requests": {"erp": 0, "crm": 0},
        "seconds": 0.0,
        "errors": errors,
        "plan_sha256": "",
    }


def _error(mapping: str, code: str, message: str) -> dict[str, str]:
    return {"mapping": mapping, "direction": "", "erp": "", "crm": "", "code": code, "message": message}


def _checks(checks: list[Check]) -> list[dict[str, Any]]:
    return [
        {"name": check.name, "ok": check.ok, "text": check.text, "seconds": round(check.seconds, 3)} for check in checks
    ]


def finish(
    out: OutputWrapper, command: str, result: SetupResult, *, as_json: bool, proof: Sequence[CheckMade] = ()
) -> int:
    """Print the result and return the exit status."""
    if as_json:
        out.write(json.dumps(report_of(command, result, proof), ensure_ascii=False))
    else:
        for check in result.parts:
            out.write(f"{'Part':<6} {'ok' if check.ok else 'FAILED':<7} {check.text}")
        for system, checks in (("NAV", result.nav), ("Sales", result.sales)):
            for check in checks:
                out.write(f"{system:<6} {'ok' if check.ok else 'FAILED':<7} {check.text}")
        for made in proof:
            if made.result.state != CheckState.PASSED:
                out.write(f"{made.step.title}: {made.result.sentence} {made.result.todo}".rstrip())
        if proof:
            out.write(f"{len(proof)} checks were made, {sum(_has_failed(made) for made in proof)} failed.")
        for issue in result.issues:
            out.write(f"Mapping: {issue}")
        if result.mappings:
            out.write(f"Mappings: {', '.join(result.mappings)}.")
        out.write("Both connections are enabled." if result.enabled else "The connections are not enabled.")
    return WELL if is_well(result, proof) else COULD_NOT_RUN


def refuse(
    out: OutputWrapper, error_out: OutputWrapper, command: str, error: IntegrationError, *, as_json: bool
) -> int:
    """Print why it could not run and return the exit status."""
    if as_json:
        out.write(json.dumps(refusal_of(command, error), ensure_ascii=False))
    else:
        error_out.write(str(error))
    return COULD_NOT_RUN
