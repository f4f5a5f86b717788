"""What the proof and the discovery say, stored in English, so that a page tells it in the person's language.

The table of sync/selectors/sentences.py is told of these when the program starts; it says how a sentence is found again.
"""

from django.utils.translation import gettext_noop as _

SENTENCES = (
    # Titles of checks
    _("Address and certificate of NAV"),
    _("Sign-in to NAV"),
    _("Page services in NAV"),
    _("Address and certificate of Sales"),
    _("Sign-in to Sales"),
    _("Local currency and base currency"),
    _("Clocks"),
    _("Change tracking in Sales"),
    _("Page size of NAV"),
    _("Number series in NAV"),
    _("Rights for %(name)s, to Sales"),
    _("Rights for %(name)s, to NAV"),
    _("Duplicates in the match fields of %(name)s"),
    _("Round trip in Sales"),
    _("A value written back to NAV"),
    _("A record created in NAV"),
    # Connections
    _("%(system)s answers at %(host)s, and its certificate holds."),
    _("%(system)s answers at %(host)s, without encryption: who is on the way can read passwords. Use https."),
    _(
        "At the address of %(system)s a web page answers instead of data. A proxy, a sign-in page or another web "
        "site stands there: check the address, and whether a proxy lets this host through."
    ),
    _(
        "The address answers with a web page instead of data. A proxy, a sign-in page or another web site stands "
        "there: check the address, and whether a proxy lets this host through."
    ),
    _("Something answers at this address, but it is no Sales environment. Check the environment's address."),
    _("NAV accepts the sign-in, and the company %(name)s is there."),
    _("NAV accepts the sign-in, but shows this user no company. Give the user a permission set for a company."),
    _(
        "NAV offers only Windows sign-in here. Set the server instance's Credential Type to NavUserPassword (with "
        "a certificate for its OData services), restart the instance, then use a user with a web service access "
        "key."
    ),
    _("The NAV server is there, but its OData services are switched off."),
    _("%(text)s is not the address of a NAV server. It looks like https://server:7048/INSTANCE/ODataV4."),
    _(
        "%(text)s names no server instance. It looks like https://server:7048/INSTANCE/ODataV4; the NAV server's "
        "administration tool shows the instance's name."
    ),
    _("The address begins with %(scheme)s, which is no way to Sales. Use https."),
    _("%(text)s is not the address of a Sales environment. Copy it from the browser: https://yours.crm4.dynamics.com."),
    _("Not checked, because the sign-in to %(system)s does not work."),
    _("See Sign-in to %(system)s."),
    _("The program met something it does not know (%(kind)s). The details are in the log."),
    # Clocks
    _("Neither server tells its time, so the clocks could not be compared."),
    _(
        "The clock of %(system)s is %(seconds)s seconds ahead of the clock of this machine. Sign-ins fail beyond "
        "five minutes."
    ),
    _(
        "The clock of %(system)s is %(seconds)s seconds behind the clock of this machine. Sign-ins fail beyond "
        "five minutes."
    ),
    _(
        "The clock of %(system)s is %(seconds)s seconds ahead of the clock of this machine. Nothing is lost by "
        "it, but times on pages are off."
    ),
    _(
        "The clock of %(system)s is %(seconds)s seconds behind the clock of this machine. Nothing is lost by it, "
        "but times on pages are off."
    ),
    _("The clocks agree within %(seconds)s seconds."),
    _("Set both machines to a time server."),
    # Environment
    _("NAV does not publish a page for %(names)s."),
    _(
        "Publish these pages on NAV's Web Services page (type Page, tick Published): %(pages)s. Or take them from "
        "the object pack."
    ),
    _("NAV publishes every page that is needed. Fields are missing, and their field rows take no part: %(names)s."),
    _("Publish these pages of the object pack to have them too: %(pages)s."),
    _("NAV publishes every page that is needed (%(count)s), with every field."),
    _("Both systems keep their books in %(code)s."),
    _("The base currency of an environment cannot be changed afterwards."),
    _("No chosen mapping reads a table in Sales."),
    _("Change tracking is off for %(names)s in Sales, so these tables are read in full each time."),
    _("In Power Apps: Tables, the table, Properties, Advanced options, tick Track changes. It stays on for good."),
    _("Sales tracks changes for every table that is read (%(count)s)."),
    _("NAV has no rows yet in the tables that grow, so the size of a page does not show."),
    _("Every table fits into one page of NAV so far (up to %(count)s rows)."),
    _("NAV gives %(count)s rows at a time."),
    _("NAV gives %(count)s rows at a time, so a full read takes many requests."),
    _("On the NAV server: Set-NAVServerConfiguration INSTANCE -KeyName ODataServicesMaxPageSize -KeyValue 1000."),
    _("Nothing that needs a number is created in NAV."),
    _("No number series is entered for %(names)s, so NAV cannot create records there."),
    _("Enter a series whose Default Nos. is ticked."),
    _(
        "Whether NAV has number series for %(names)s does not show, since %(pages)s is not published. Look there "
        "that a number series is entered."
    ),
    _("NAV has a number series for everything that is created there."),
    # Rights
    _("The integration user may do in both systems what %(name)s needs."),
    _("The integration user lacks %(names)s in Sales."),
    _(
        "Give the user the role NAV Sales Connector Integration, or add these privileges to its role, at "
        "organization level."
    ),
    _("NAV does not publish a page for %(names)s, so its rights do not show. Publish it first."),
    _("NAV does not let the user read %(service)s. %(sentence)s"),
    _("Add Read on the table %(table)s and Execute on its page to a permission set of the user."),
    _("NAV serves %(service)s for reading only. Publish the card page, or the connector's object pack."),
    _("The page %(service)s does not let %(names)s be changed."),
    _("Publish the connector's object pack, or switch these field rows to the direction To Integration Table."),
    # Data and round trips
    _("No criterion couples records of this mapping without asking."),
    _("Several records share a match field (%(examples)s)."),
    _("They are not coupled by themselves: each waits until a person chooses. Correct them first to save that."),
    _("No two of the records looked at share a match field (%(seen)s)."),
    _(
        "The connector's solution is not in Sales yet, so there is no table of our own to write a row in. Finish "
        "imports it."
    ),
    _("A marked row was written, read, changed under its version and removed in Sales."),
    _("Sales took a change under a version that was out of date, so edits by others could be overwritten."),
    _("Switch optimistic concurrency on for the tables: an administrator or Microsoft's support can."),
    _("Sales did not keep a change that it had accepted. A plug-in or flow changes rows on the way."),
    _("Sales stored %(value)s where %(other)s was written. A plug-in changes rows on the way."),
    _("Sales kept a row that was removed."),
    _("Remove the rows named %(name)s in the table %(table)s."),
    _("Nothing flows to NAV, so nothing is written there."),
    _("NAV has no record yet whose value could be written back unchanged."),
    _("NAV does not let the user change %(service)s. %(sentence)s"),
    _("Add Modify on the table behind %(service)s (field %(field)s) to a permission set of the user."),
    _("NAV stored another value in %(field)s of %(service)s than was written. Code on the page changes it."),
    _("%(field)s of one record of %(service)s was written back to NAV unchanged, under its version."),
    _("A record is tried with a contact, and contacts are not chosen or not published."),
    _("Contact %(key)s was created, changed and deleted in NAV; its number is used up."),
    _("NAV stored %(value)s where another name was written. Code on the page changes it."),
    _("NAV kept the contact %(key)s that was deleted."),
    _("Delete the contact named %(name)s by hand."),
    # What to do
    _(
        "On the NAV server, in the administration shell: Set-NAVServerConfiguration INSTANCE -KeyName "
        "ClientServicesCredentialType -KeyValue NavUserPassword, the same with ServicesCertificateThumbprint and "
        "ODataServicesSSLEnabled = true, then Restart-NAVServerInstance INSTANCE. Where people sign in with "
        "Windows, do it on a second server instance of the same database, so that nothing changes for them."
    ),
    _(
        "A server with a certificate of its own authority: export the authority's certificate as PEM and name the "
        "file under Certificate authority."
    ),
    _("Open the address in a browser on the machine that runs this program: you see who answers instead."),
    _(
        "On the NAV server: Set-NAVServerConfiguration INSTANCE -KeyName ODataServicesEnabled -KeyValue true and "
        "ODataServicesV4EndpointEnabled -KeyValue true, then restart the instance."
    ),
    _(
        "On the user's card in NAV: the user name is the one under User Name, the key the one under Web Service "
        "Access Key."
    ),
    _("Take the tenant that the environment itself names; leave the field empty to have it filled."),
    _(
        "Power Platform admin center, the environment, Settings, Users + permissions, Application users, New app "
        "user: choose the application."
    ),
    _("Choose a company of the list."),
    _("Copy the address from the browser while Sales is open: https://yours.crm4.dynamics.com."),
    _("The environment belongs to the tenant %(tenant)s, and the sign-in was tried in %(other)s. Use the former."),
    _(
        "Publish page %(number)s as %(name)s on NAV's Web Services page (type Page, tick Published), or page "
        "%(other)s of the object pack as %(service)s."
    ),
    _("%(name)s does not show %(names)s. Publish page %(other)s of the object pack as %(service)s to have these too."),
    _("Not needed. With page %(other)s of the object pack as %(service)s, changes are found faster."),
    _(
        "The object pack is not installed with this program: the folder docs/nav-objects is missing. Take it from "
        "the program's source."
    ),
)
