"""What to do about an error, by its code: the third sentence after what happened and why."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Remedy:
    """Why it happens, what helps, and who can do it."""

    why: str | Promise
    what: str | Promise
    who: str | Promise


YOU, IT, NOBODY = _("Needs you"), _("Needs IT"), _("Goes on by itself")
_LENGTH = Remedy(
    _("The text is longer than the other side allows."),
    _("Shorten it where it was entered. The record follows at the next synchronization."),
    YOU,
)
_RATE = Remedy(
    _("A currency in Sales needs its exchange rate."),
    _("Enter or correct the rate in NAV's Currency Exchange Rates. The currency and its records then follow."),
    YOU,
)
_REMEDIES = {
    "not_coupled": Remedy(
        _("The record refers to another one that is not coupled yet."),
        _("Couple or create the missing record once. All records that wait for it then follow."),
        YOU,
    ),
    "value_too_long": _LENGTH,
    "option_without_partner": Remedy(
        _("The code has no partner among the values of the choice in Sales."),
        _("Add the value in Sales, or couple the code with one that exists."),
        YOU,
    ),
    "several_matches": Remedy(
        _("More than one record could be the same, and a wrong guess would mix two customers."),
        _("Choose which one it is, or create a new one."),
        YOU,
    ),
    "possible_match": Remedy(
        _("A record on the other side looks the same, so none is created beside it."),
        _("Couple the two, or create a new one."),
        YOU,
    ),
    "match_taken": Remedy(
        _("The matching record is already coupled to another one."),
        _("Uncouple that one, change the value, or create this record by hand."),
        YOU,
    ),
    "which_one_is_it": Remedy(
        _("An answer was lost on the way, and several new records could be the one that was created."),
        _("Choose which one it is."),
        YOU,
    ),
    "value_out_of_range": Remedy(
        _("The number is outside what the other side allows."),
        _("Correct it where it was entered. The record follows at the next synchronization."),
        YOU,
    ),
    "user_disabled": Remedy(
        _("The owner's user in Sales is switched off."),
        _("Give the record another salesperson, or switch the user on."),
        IT,
    ),
    "partner_deleted": Remedy(
        _("One of the two coupled records was deleted."),
        _("Restore it, uncouple the other one, or delete that one too. Nothing is deleted by itself."),
        YOU,
    ),
    "update_conflict": Remedy(
        _("Both sides changed the same field since they last agreed."),
        _("Choose which value counts."),
        YOU,
    ),
    "no_company_contact": Remedy(
        _("The contact's company is not a coupled customer."),
        _("Couple the company first. Its contacts then follow."),
        YOU,
    ),
    "moved": Remedy(
        _("Somebody changed the record while it was being written, and nothing unseen is overwritten."),
        _("Nothing: it is read and compared again by itself."),
        NOBODY,
    ),
    "read_timeout": Remedy(
        _("The server did not answer in time."),
        _("Nothing: it is tried again by itself."),
        NOBODY,
    ),
    "value_missing": Remedy(
        _("The other side requires the field."),
        _("Fill it in where the record is kept. The record follows at the next synchronization."),
        YOU,
    ),
    "mixed_currencies": Remedy(
        _("A price list in Sales has one currency."),
        _("Use one customer price group per currency in NAV. The groups and their prices then follow."),
        YOU,
    ),
    "no_exchange_rate": _RATE,
    "exchange_rate_zero": _RATE,
    "exchange_rate_circle": _RATE,
    "two_prices": Remedy(
        _("Sales keeps one price per item, price list and unit."),
        _("End or delete one of the two prices in NAV."),
        YOU,
    ),
    "comma_in_code": Remedy(
        _("A choice in Sales takes no comma in its values."),
        _("Rename the code in NAV."),
        YOU,
    ),
    "gone": Remedy(
        _("The record disappeared while it was being written."),
        _("Nothing: it is looked for again by itself."),
        NOBODY,
    ),
    "moving": Remedy(
        _("Somebody changes the record again and again while it is being written."),
        _("Nothing: it is read and compared again by itself."),
        NOBODY,
    ),
    "permission": Remedy(
        _("The integration user lacks a privilege."),
        _("Give the integration user the role that the set-up names, then test the connection."),
        IT,
    ),
}
_OTHER = Remedy(
    _("The other system refused the record with the words above."),
    _(
        "Correct the value that is named, on the side where it was entered. The record follows at the next synchronization."
    ),
    YOU,
)


def remedy_for(code: str) -> Remedy:
    """Return what to do about errors of this code."""
    return _REMEDIES.get(code, _OTHER)
