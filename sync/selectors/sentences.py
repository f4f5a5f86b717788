"""Sentences that services have stored in English, shown in the person's language.

Runs, plans and errors keep what happened as an English sentence: it is what logs and commands print. A page finds the sentence
in this table, takes its facts out of it and words them anew. A sentence that is not in the table is shown as it was stored.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache

from django.utils import formats
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

SENTENCES = (
    # Lines and runs
    _("Waits for %(names)s, which ended in an error. Restart that line when its cause is gone."),
    _("Waits for %(table)s, which another mapping is reading."),
    _("Waits for %(names)s."),
    _("Finished, %(failed)s failed and %(waiting)s wait."),
    _("Finished, %(failed)s failed."),
    _("Finished, %(waiting)s wait."),
    _("Paused by %(name)s."),
    _("Paused."),
    _("Stopped by %(name)s. What was written stays, and the next run goes on from here."),
    _("%(names)s ended in an error. The lines say why."),
    _("%(sentence)s The next attempt follows by itself in %(seconds)s seconds."),
    _("The program met something it does not know (%(kind)s). The details are with the job."),
    _("Another worker has taken over this piece of work, because this one was silent for too long. Nothing is lost."),
    _(
        "%(run)s was started by %(who)s and is still at work on %(name)s. Wait for its end, or stop it on the "
        "page CRM Full Synch. Review."
    ),
    _(
        "%(sentence)s, for example %(examples)s. Nothing has been written. Look at both systems; if this is "
        "right, start again and allow the mass change."
    ),
    _("%(count)s of %(coupled)s coupled records of %(name)s have lost their partner"),
    _("%(count)s records of %(name)s would be created beside %(coupled)s coupled ones"),
    _("There is no connection to %(system)s yet. Run setup_connection, or use Dynamics 365 Connection Setup."),
    _("The connection to %(system)s is disabled. Enable it, then start again."),
    _("The connection to %(system)s is disabled. %(sentence)s Enable it, then start again."),
    _("The connection to %(system)s is paused. Enable it, then start again."),
    _("The connection to %(system)s is paused. %(sentence)s Enable it, then start again."),
    _("There are no integration table mappings. Run setup_connection to create the default ones."),
    _("There is no mapping called %(names)s. The mappings are: %(known)s."),
    _("%(name)s depends on %(names)s, and there is no such mapping. Correct its Dependency Filter."),
    _("The mappings depend on each other in a circle: %(names)s. Remove one of these dependencies."),
    _(
        "The table %(table)s cannot be read. %(sentence)s A column or service may have changed: run "
        "check_connection, then restart this line."
    ),
    _("The table %(table)s is not known on %(name)s. Run check_connection, then start again."),
    _(
        "The mapping %(name)s has no enabled field rows, so there is nothing to synchronize. Enable at least one "
        "row in Integration Field Mapping."
    ),
    _(
        "The mapping %(name)s looks up %(names)s, and no such mapping exists. Create it, or disable the field "
        "rows that use it."
    ),
    _("NAV's page service for %(table)s does not serve %(field)s."),
    _("The table %(table)s in Sales has no column %(field)s."),
    # What a plan does with a record
    _("Not in Sales yet."),
    _("Not in NAV yet."),
    _("Changed in NAV: %(names)s."),
    _("Changed in Sales: %(names)s."),
    _("Changed on both sides since the last synchronization: %(names)s. Choose which value counts."),
    _("Set in the second pass, now that the record it refers to is in."),
    _("Same %(label)s."),
    _("Outside the table filter."),
    _("The record is gone in %(side)s."),
    _("The coupled record is gone in %(side)s. Decide whether to restore it, to uncouple, or to delete the other one."),
    _("%(name)s in %(side)s has the same %(label)s as %(other)s. Couple the two, or create a new one."),
    _(
        "%(name)s has the same %(label)s as %(other)s in %(side)s, which is already coupled to another record. "
        "Uncouple that one, change the value, or create this record by hand."
    ),
    _(
        "%(count)s records in %(side)s have the same %(label)s as %(name)s. Choose which one is the same, or "
        "create a new one."
    ),
    _("%(count)s records match the same one: %(names)s. Choose which one it is."),
    # Why a record waits or fails
    _(
        "%(field)s is %(value)s, which is not coupled to Sales. Couple or synchronize %(again)s in %(mapping)s "
        "first; this record then follows by itself."
    ),
    _(
        "%(field)s refers to a row in Sales that is not coupled to NAV (%(mapping)s). Couple that row first; this"
        " record then follows by itself."
    ),
    _(
        "%(field)s is %(value)s, which has no option in Sales. Synchronize %(mapping)s; this record then follows "
        "by itself."
    ),
    _(
        "%(field)s holds option %(value)s in Sales, which no %(mapping)s record is tied to. Synchronize "
        "%(again)s, or choose another option."
    ),
    _("%(field)s is empty, and Sales requires it. Fill it in; the record then follows by itself."),
    _("%(field)s is %(length)s characters long, and %(system)s takes at most %(most)s. Shorten it: “%(value)s…”."),
    _("%(field)s is %(value)s, and %(system)s takes numbers from %(low)s up to %(high)s. Correct the value."),
    _("%(field)s is %(value)s, and %(system)s takes numbers up to %(high)s. Correct the value."),
    _("%(field)s is %(value)s, and %(system)s takes numbers from %(low)s. Correct the value."),
    _(
        "%(key)s of %(name)s could not be created in Sales, and this record refers to it. It follows by itself "
        "once that one is in."
    ),
    _("The code %(code)s holds a comma, which an option in Sales must not have. Rename the code in NAV."),
    _(
        "The answer of NAV was lost while this record was created, and %(count)s new records there are equal to "
        "it: %(keys)s. Couple the right one by hand."
    ),
    _("Somebody changed the record in NAV at the same moment. It is compared again in the next run."),
    _("The record is gone in NAV. It is looked for again in the next run."),
    _("The record in Sales changes faster than it can be read. It is compared again in the next run."),
    _(
        "%(name)s is not a customer in NAV, and only persons of customers are synchronized. Create it as customer"
        " from its contact card; the person then follows."
    ),
    _(
        "Customer %(name)s has no company contact in NAV, so a person cannot be put under it. Create the contact "
        "from the customer card (Create Contacts from Customers); this record then follows by itself."
    ),
    _("The contact's company in Sales is not an account, and only contacts of accounts are synchronized."),
    _("%(name)s is not of the relationship type Customer in Sales, so its contacts are not synchronized."),
    _(
        "The exchange rates of %(names)s are stated in each other. State one of them in the local currency in "
        "NAV's Currency Exchange Rates."
    ),
    _(
        "The exchange rate of %(code)s from %(day)s is zero. Correct it in NAV's Currency Exchange Rates; the "
        "currency then follows by itself."
    ),
    _(
        "%(code)s has no exchange rate that is valid on %(day)s. Enter one in NAV's Currency Exchange Rates; the "
        "currency then follows by itself."
    ),
    _("The account was merged into another one in Sales."),
    _(
        "The prices of customer price group %(code)s are in several currencies (%(codes)s), and a price list in "
        "Sales has one. Use one group per currency; the group then follows by itself."
    ),
    _("The price starts at a quantity of %(quantity)s; a price list in Sales keeps the price of one."),
    _("The price is for the variant %(code)s; products in Sales have no variants."),
    _("The price is valid from %(day)s only; it is taken up on that day."),
    _("The price was valid until %(day)s."),
    _("It is a product family or a bundle in Sales, which has no counterpart in NAV."),
    _("The product is retired in Sales, so no item or resource is made of it."),
    _(
        "The item %(item)s is blocked, so its product is retired in Sales, which takes no new price for it. "
        "Unblock the item; the price then follows by itself."
    ),
    _("The price is per %(unit)s; Sales knows the item %(item)s in its base unit %(base)s only."),
    _(
        "Two prices of %(item)s for %(group)s would be one row in Sales: %(one)s; and %(other)s. End or delete "
        "one of them."
    ),
    _("The unit group %(name)s in Sales is not active. Activate it."),
    _("The unit group %(name)s in Sales has %(count)s units (%(names)s). Leave only the base unit."),
    _("The only unit of the unit group %(name)s in Sales is not its base unit. Correct the group."),
    _("The base unit of the unit group %(name)s in Sales has another quantity than 1. Set it to 1."),
    # What the two systems answer
    _("Sales asks for a pause: too many requests."),
    _("NAV asks for a pause: too many requests."),
    _("The stored position of change tracking is too old. The table is read in full again."),
    _("The record in Sales was changed by somebody else since it was read."),
    _("The record in NAV was changed by somebody else since it was read."),
    _("The record is not in Sales (any more). %(text)s"),
    _("The record is not in NAV (any more). %(text)s"),
    _("A record with this key is in Sales already. %(text)s"),
    _("A record with this key is in NAV already. %(text)s"),
    _("Sales refuses the sign-in. %(sentence)s"),
    _("Sign-in is refused. %(sentence)s"),
    _("Sign-in at %(host)s is refused (%(code)s). Check tenant, client id and secret."),
    _("The application user lacks the privilege %(name)s. Add it to the user's security role. %(text)s"),
    _("The application user lacks a privilege. Add it to the user's security role. %(text)s"),
    _("The application is known to Microsoft Entra, but not to this environment. Create its application user there."),
    _("The application user has no security role. Assign one."),
    _("The application user is disabled. Enable it."),
    _("The environment does not allow this application id. An administrator has to allow it."),
    _("The token has expired, and another one was refused too. Check the credential."),
    _("Sales is busy in its database. %(text)s"),
    _("Sales refuses the token. Check client id, secret and tenant of the connection."),
    _("Sales refuses the access. %(text)s"),
    _("Sales did not finish in time. %(text)s"),
    _("NAV did not finish in time. %(text)s"),
    _("The request is larger than Sales accepts."),
    _("Sales has a failure of its own (%(status)s). %(text)s"),
    _("NAV has a failure of its own (%(status)s). %(text)s"),
    _("NAV has a failure of its own. %(text)s"),
    _("Sales refuses the request (%(status)s) without a reason."),
    _("NAV refuses the request (%(status)s) without a reason."),
    _("NAV refuses the record: %(text)s"),
    _(
        "NAV refuses user and web service access key. Check the user name, and make a new key on the NAV user's "
        "card (Change Web Service Key); a key may also have expired."
    ),
    _("NAV does not have this company. Choose the company by the exact name that NAV shows."),
    _("NAV does not publish this page service. Publish it on NAV's Web Services page. %(text)s"),
    _("NAV serves this page for reading only. Publish the card page, or the connector's object pack. %(text)s"),
    _("The NAV user lacks a right. Add it to the user's permission sets. %(text)s"),
    _("The NAV user may not do this. %(text)s"),
    _("NAV has nothing at this address. %(text)s"),
    _(
        "NAV does not publish a page service called %(name)s. Publish it on NAV's Web Services page (docs/nav-"
        "objects/README.md says how), then run check_connection."
    ),
    _(
        "%(host)s cannot be reached. Nothing listens there, or a firewall refuses: check host and port in the "
        "address, and that the server runs."
    ),
    _(
        "%(host)s cannot be reached. No such host name is known: check host and port in the address, and that the"
        " server runs."
    ),
    _(
        "%(host)s did not accept a connection within %(seconds)s seconds. The server is down, or a firewall drops"
        " the traffic: check host and port from the machine that runs this program."
    ),
    _(
        "%(host)s did not answer completely within %(seconds)s seconds. Whether the request was carried out is "
        "not known; it is looked up before anything is repeated."
    ),
    _(
        "The connection to %(host)s was cut before the answer was complete. Whether the request was carried out "
        "is not known; it is looked up before anything is repeated."
    ),
    _("The server answered with nothing at all. The connection was cut, or a proxy dropped the answer."),
    _("The server's answer ended too early. The connection was cut, or a proxy shortened it."),
    _("The server asked to be left alone for another %(seconds)s seconds. The work goes on by itself then."),
    _("All lanes to this server are in use by other work. This work goes on by itself in a moment."),
    _("The client secret or certificate is wrong. Make a new one and enter it."),
    _("The client secret has expired. Make a new one and enter it."),
    _("The application id is not known in this tenant. Check client id and tenant."),
    _("The tenant is not known. Check the tenant id."),
    _("User name or password is wrong."),
    _("The identity server is busy. It is asked again later."),
    _("No secret is kept for the connection %(name)s. Enter it in Dynamics 365 Connection Setup."),
    # Connection tests
    _("Settings"),
    _("Sign-in and company"),
    _("Page services"),
    _("Local currency"),
    _("Sign-in"),
    _("Environment"),
    _("Base currency"),
    _("Same currency"),
    _("Integration user"),
    _("NAV answers, and the company %(name)s is there."),
    _("NAV has no company called %(name)s for this user. It has: %(names)s. Choose one of these, spelled exactly so."),
    _("NAV publishes %(count)s page services."),
    _(
        "NAV does not publish its General Ledger Setup, so the local currency is not known. Publish page 118 as "
        "GeneralLedgerSetup on NAV's Web Services page."
    ),
    _("NAV's General Ledger Setup has no LCY Code. Enter it there."),
    _("The local currency is %(code)s."),
    _("Sales accepts the sign-in."),
    _(
        "Another Sales environment answers at this address than the one that was set up. Couplings belong to the "
        "former one: check the address, or set the connection up anew."
    ),
    _("The application user may not read the organization. Give it a security role."),
    _("The environment is %(name)s."),
    _("The base currency is %(code)s."),
    _("%(name)s is the integration user."),
    _("%(name)s is disabled in Sales. Enable the user."),
    _(
        "NAV's local currency is %(code)s, the base currency of Sales is %(other)s. Both must be the same: choose"
        " the environment of this company."
    ),
)
# A fact by these names is a stored sentence itself.
NESTED = ("sentence",)
# Bounds of a column, written the short way: 1e+14.
NUMBERS = ("low", "high")
_SAID = " %(text)s"
_FACT = re.compile(r"%\((\w+)\)s")


_ADDED: list[str] = []


def sentences_add(texts: Iterable[str]) -> None:
    """Take further sentences into the table: those of an application above this one, when it starts."""
    _ADDED.extend(text for text in texts if text not in _ADDED)
    _patterns.cache_clear()
    _sentence.cache_clear()


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Return the table as patterns, the one with the most words of its own first."""
    by_length = sorted((*SENTENCES, *_ADDED), key=lambda text: len(_FACT.sub("", text)), reverse=True)
    return [(re.compile(_pattern_of(text), re.DOTALL), text) for text in by_length]


def _pattern_of(text: str) -> str:
    # What the other system says in its own words may be missing at the end.
    body, tail = (text.removesuffix(_SAID), r"(?: (?P<text>.+))?") if text.endswith(_SAID) else (text, "")
    # Words and names of facts take turns.
    pieces = enumerate(_FACT.split(body))
    return "".join(f"(?P<{piece}>.+?)" if place % 2 else re.escape(piece) for place, piece in pieces) + tail


def is_known(text: str) -> bool:
    """Tell whether a stored sentence is in the table, so that pages can tell it in any language."""
    return any(pattern.fullmatch(text) for pattern, _source in _patterns())


def sentence(text: str) -> str:
    """Return a stored sentence in the language of the page."""
    return _sentence(text, get_language() or "en") if text else text


@lru_cache(maxsize=4096)
def _sentence(text: str, _language: str) -> str:
    for pattern, source in _patterns():
        if found := pattern.fullmatch(text):
            facts = {name: _fact(name, value or "") for name, value in found.groupdict().items()}
            return (gettext(source) % facts).strip()
    return text


def _fact(name: str, value: str) -> str:
    rules: dict[str, Callable[[str], str]] = dict.fromkeys(NESTED, sentence) | dict.fromkeys(NUMBERS, _number)
    return rules[name](value) if name in rules else value


def _number(value: str) -> str:
    try:
        bound = float(value)
    except ValueError:
        return value
    whole = int(bound) if bound.is_integer() else bound
    return str(formats.number_format(whole, force_grouping=True, use_l10n=True))
