"""Builds the CRONUS company: coherent, and without anything a correct synchronization would have to reject."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sandbox.dataset import cronus_data as data
from sandbox.dataset.company import EMPTY_DATE, Company, Row, lines, mail_name, number, shifted, start_of_last_year
from sandbox.dataset.documents import add_documents
from sandbox.dataset.setup_data import add_opening_stock, add_setup_tables

MAIL_DOMAIN: Final = "contoso.com"
_AGENT_BY_ENDING: Final = {"0": "DHL", "8": "UPS", "9": "FEDEX", "3": "OWN LOG."}
_BLOCKED: Final = {"33002984": "All", "41497647": "Ship"}
_CREDIT_LIMIT: Final = {"32656565": 2500, "35451236": 895.6, "10000": 50000}
_HOME_PAGE: Final = {"10000": "www.cannon-group.example", "49858585": "https://www.hotel-pferdesee.example/zimmer"}
_BILL_TO: Final = {"01121212": "01454545"}
_POSTING: Final = {"GB": "DOMESTIC", **dict.fromkeys("AT BE CZ DE DK ES FR NL SE".split(), "EU")}


def cronus(today: date | None) -> Company:
    """The demonstration company, its dates moved so that its work date is `today`."""
    company = Company()
    _add_setup(company)
    add_setup_tables(company)
    _add_currencies(company, today)
    _add_customers(company, today)
    _add_people(company, today)
    _add_items(company, today)
    _add_resources(company, today)
    _add_prices(company, today)
    add_opening_stock(company, shifted("2016-12-31", today))
    add_documents(company, today)
    return company


def _add_setup(company: Company) -> None:
    """Salespeople, codes and the ledger set-up."""
    company["GeneralLedgerSetup"].append({"Primary_Key": "", "LCY_Code": "GBP"})
    for row in lines(data.SALESPEOPLE, "Code", "Name", "Commission_Percent", "Job_Title", "Phone_No"):
        mail = f"{row['Code']}@{MAIL_DOMAIN}" if row["Code"] != "KH" else ""
        company["Salesperson"].append(row | {"Commission_Percent": number(row["Commission_Percent"]), "E_Mail": mail})
    company["UnitOfMeasure"] += lines(data.UNITS, "Code", "Description", "International_Standard_Code")
    terms = "Code", "Due_Date_Calculation", "Discount_Date_Calculation", "Discount_Percent", "Description"
    for row in lines(data.PAYMENT_TERMS, *terms):
        company["PaymentTerms"].append(row | {"Discount_Percent": number(row["Discount_Percent"])})
    company["ShipmentMethod"] += lines(data.SHIPMENT_METHODS, "Code", "Description")
    company["ShippingAgent"] += lines(data.SHIPPING_AGENTS, "Code", "Name", "Internet_Address")
    services = "Shipping_Agent_Code", "Code", "Description", "Shipping_Time"
    company["ShippingAgentService"] += lines(data.AGENT_SERVICES, *services)
    company["CountryRegion"] += lines(data.COUNTRIES, "Code", "Name")
    flags = "Allow_Line_Disc", "Allow_Invoice_Disc", "Price_Includes_VAT"
    for row in lines(data.PRICE_GROUPS, "Code", "Description", *flags, "VAT_Bus_Posting_Gr_Price"):
        company["CustomerPriceGroup"].append(row | {flag: row[flag] == "1" for flag in flags})


def _add_currencies(company: Company, today: date | None) -> None:
    """Foreign currencies and the rate of each, valid from 1 January of the year before."""
    names = "code", "text", "iso", "symbol", "amount", "lcy", "rounding", "decimals", "unit_decimals"
    for row in lines(data.CURRENCIES, *names):
        whole = row["decimals"] == "0:0"
        company["Currency"].append(
            {
                "Code": row["code"],
                "Description": row["text"],
                "ISO_Code": row["code"],
                "ISO_Numeric_Code": row["iso"],
                "Symbol": row["symbol"],
                "Amount_Rounding_Precision": 1 if whole else 0.01,
                "Amount_Decimal_Places": row["decimals"],
                "Unit_Amount_Rounding_Precision": 0.01 if whole else 0.001,
                "Unit_Amount_Decimal_Places": row["unit_decimals"],
                "Invoice_Rounding_Precision": number(row["rounding"]),
                "Last_Date_Modified": shifted("2017-01-01", today),
            }
        )
        rate = exchange_rate(row["code"], number(row["amount"]), number(row["lcy"]), start_of_last_year(today))
        company["CurrencyExchangeRate"].append(rate)


def exchange_rate(code: str, amount: float, lcy: float, day: str) -> Row:
    """`amount` units of currency `code` are `lcy` units of local currency from `day` on."""
    return {
        "Currency_Code": code,
        "Starting_Date": day,
        "Relational_Currency_Code": "",
        "Exchange_Rate_Amount": amount,
        "Relational_Exch_Rate_Amount": lcy,
        "Adjustment_Exch_Rate_Amount": amount,
        "Relational_Adjmt_Exch_Rate_Amt": lcy,
        "Fix_Exchange_Rate_Amount": "Currency",
    }


def customer_row(no: str, name: str, **values: Any) -> Row:
    """A customer with the fields every customer shows; `values` are the others."""
    group = _POSTING.get(values.get("Country_Region_Code", ""), "FOREIGN")
    row: Row = {
        "No": no,
        "Name": name,
        "Search_Name": name.upper(),
        "Address": "",
        "Address_2": "",
        "City": "",
        "Post_Code": "",
        "County": "",
        "Country_Region_Code": "",
        "Phone_No": "",
        "Fax_No": "",
        "E_Mail": f"{mail_name(name)}@{MAIL_DOMAIN}",
        "Home_Page": "",
        "Primary_Contact_No": "",
        "ContactName": "",
        "Salesperson_Code": "",
        "Currency_Code": "",
        "Customer_Price_Group": "",
        "Payment_Terms_Code": "",
        "Shipment_Method_Code": "EXW",
        "Shipping_Agent_Code": "",
        "Blocked": " ",
        "Credit_Limit_LCY": 0,
        "Gen_Bus_Posting_Group": group,
        "VAT_Bus_Posting_Group": group,
        "Customer_Posting_Group": group,
        "Allow_Line_Disc": True,
    }
    return row | values


def _add_customers(company: Company, today: date | None) -> None:
    names = (
        "No Name Address Post_Code City Country_Region_Code ContactName Currency_Code Salesperson_Code "
        "Payment_Terms_Code Customer_Disc_Group Customer_Price_Group Location_Code VAT_Registration_No"
    ).split()
    for index, row in enumerate(lines(data.CUSTOMERS, *names), start=1):
        no, name = row.pop("No"), row.pop("Name")
        more = {
            "Phone_No": f"+{index:02} 555-01{index:02}",
            "Fax_No": f"+{index:02} 555-91{index:02}" if index % 3 == 0 else "",
            "Shipping_Agent_Code": _AGENT_BY_ENDING.get(no[-1], "") if index % 2 else "",
            "Blocked": _BLOCKED.get(no, " "),
            "Credit_Limit_LCY": _CREDIT_LIMIT.get(no, 0),
            "Home_Page": _HOME_PAGE.get(no, ""),
            "Bill_to_Customer_No": _BILL_TO.get(no, ""),
            "Last_Date_Modified": shifted("2017-01-26", today),
        }
        company["Customer"].append(customer_row(no, name, **row, **more))
    known = {(row["Post_Code"], row["City"]): row["Country_Region_Code"] for row in company["Customer"]}
    for (code, city), country in known.items():
        company["PostCode"].append({"Code": code, "City": city, "Country_Region_Code": country})


def company_contact(no: str, customer: Row) -> Row:
    """The company contact of a customer: name and address copied, as NAV does."""
    copied = (
        "Name Search_Name Address Address_2 City Post_Code County Country_Region_Code Phone_No Fax_No E_Mail Home_Page "
        "Salesperson_Code Currency_Code VAT_Registration_No Last_Date_Modified"
    ).split()
    row = {name: customer[name] for name in copied if name in customer}
    return {"No": no, "Type": "Company", "Company_No": no, "Company_Name": customer["Name"]} | row


def person(no: str, name: str, company_row: Row | None, **values: Any) -> Row:
    """A person contact; its name parts are split as NAV splits them, its address is its company's."""
    first, *middle, last = name.split() if " " in name else ["", name]
    copied = "Address Address_2 City Post_Code County Country_Region_Code Currency_Code Salesperson_Code"
    inherited = {field: company_row[field] for field in copied.split() if field in company_row} if company_row else {}
    row: Row = {
        "No": no,
        "Type": "Person",
        "Name": name,
        "Search_Name": name.upper(),
        "First_Name": first,
        "Middle_Name": " ".join(middle),
        "Surname": last,
        "Company_No": company_row["No"] if company_row else "",
        "Company_Name": company_row["Name"] if company_row else "",
        "E_Mail": f"{mail_name(name)}@{MAIL_DOMAIN}",
        "Phone_No": "",
        "Mobile_Phone_No": "",
        "Job_Title": "",
        "Pager": "",
    }
    return row | inherited | values


def relation(contact: str, customer: str) -> Row:
    return {
        "Contact_No": contact,
        "Business_Relation_Code": "CUST",
        "Link_to_Table": "Customer",
        "No": customer,
    }


def _add_people(company: Company, today: date | None) -> None:
    """Company contacts, the customers' contact persons, further persons, prospects and persons without a company."""
    stamp = shifted("2017-01-26", today)
    companies: dict[str, Row] = {}
    people: list[Row] = []
    for index, customer in enumerate(company["Customer"], start=1):
        firm = company_contact(f"CT{index:06}", customer)
        companies[customer["No"]] = firm
        company["ContactBusinessRelation"].append(relation(firm["No"], customer["No"]))
        if customer["ContactName"]:
            phone = f"+{index:02} 555-02{index:02}"
            no = f"CT{100 + index:06}"
            people.append(
                person(no, customer["ContactName"], firm, Phone_No=phone, Job_Title="Buyer", Last_Date_Modified=stamp)
            )
            customer["Primary_Contact_No"] = no
    for row in lines(data.PERSONS, "no", "name", "customer", "salesperson"):
        more = {"Salesperson_Code": row["salesperson"], "Mobile_Phone_No": f"07700 900{row['no'][-3:]}"}
        people.append(person(row["no"], row["name"], companies[row["customer"]], Last_Date_Modified=stamp, **more))
    for row in lines(data.LONERS, "no", "name", "salesperson"):
        more = {"Salesperson_Code": row["salesperson"], "Last_Date_Modified": stamp}
        people.append(person(row["no"], row["name"], None, **more))
    names = "No Name Address Post_Code City Country_Region_Code Currency_Code Salesperson_Code".split()
    for prospect in lines(data.PROSPECTS, *names):
        mail = f"{mail_name(prospect['Name'])}@{MAIL_DOMAIN}"
        more = {"Search_Name": prospect["Name"].upper(), "E_Mail": mail, "Last_Date_Modified": stamp}
        people.append(company_contact(prospect["No"], prospect | more))
    company["Contact"] += [*companies.values(), *people]


def item_row(no: str, description: str, unit: str, price: float, cost: float, **values: Any) -> Row:
    """An item with the fields every item shows; `values` are the others."""
    row: Row = {
        "No": no,
        "Description": description,
        "Search_Description": description.upper(),
        "Type": "Inventory",
        "Base_Unit_of_Measure": unit,
        "Sales_Unit_of_Measure": unit,
        "Purch_Unit_of_Measure": unit,
        "Item_Category_Code": "",
        "Blocked": False,
        "Unit_Price": price,
        "Unit_Cost": cost,
        "Standard_Cost": cost,
        "Inventory": 0,
        "Gross_Weight": 0,
        "Net_Weight": 0,
        "Unit_Volume": 0,
        "Vendor_No": "",
        "Vendor_Item_No": "",
        "Costing_Method": "FIFO",
        "Gen_Prod_Posting_Group": "RETAIL",
        "VAT_Prod_Posting_Group": "VAT25",
        "Inventory_Posting_Group": "RESALE",
    }
    return row | values


def _units(text: str) -> dict[str, int | float]:
    """Further units of `PACK=0.2;PALLET=32`."""
    pairs = (part.split("=") for part in text.split(";") if part)
    return {code: number(quantity) for code, quantity in pairs}


def _add_items(company: Company, today: date | None) -> None:
    names = "no", "text", "unit", "price", "cost", "category", "inventory", "units"
    for row in lines(data.ITEMS, *names):
        more: dict[str, Any] = {
            "Item_Category_Code": row["category"],
            "Inventory": number(row["inventory"]),
            "Last_Date_Modified": shifted("2017-01-26", today),
        }
        if row["no"] == "80100":
            more |= {"Sales_Unit_of_Measure": "PACK", "Purch_Unit_of_Measure": "PALLET"}
        if row["no"].endswith("-S"):
            more |= {"Gross_Weight": 23.75, "Unit_Volume": 0.25, "Vendor_No": "30000", "Vendor_Item_No": row["no"][:4]}
        more |= {"Blocked": row["no"] == "1992-W", "Type": "Service" if row["no"] == "1925-W" else "Inventory"}
        item = item_row(row["no"], row["text"], row["unit"], number(row["price"]), number(row["cost"]), **more)
        company["Item"].append(item)
        for code, quantity in {row["unit"]: 1, **_units(row["units"])}.items():
            unit: Row = {"Item_No": row["no"], "Code": code, "Qty_per_Unit_of_Measure": quantity}
            company["ItemUnitOfMeasure"].append(unit)


def _add_resources(company: Company, today: date | None) -> None:
    for row in lines(data.RESOURCES, "no", "name", "type", "title", "cost", "indirect", "price", "units"):
        cost, indirect = number(row["cost"]), number(row["indirect"])
        company["Resource"].append(
            {
                "No": row["no"],
                "Name": row["name"],
                "Search_Name": row["name"].upper(),
                "Type": row["type"],
                "Job_Title": row["title"],
                "Base_Unit_of_Measure": "HOUR",
                "Direct_Unit_Cost": cost,
                "Indirect_Cost_Percent": indirect,
                "Unit_Cost": round(cost * (1 + indirect / 100), 5),
                "Unit_Price": number(row["price"]),
                "Price_Profit_Calculation": "No Relationship",
                "Gen_Prod_Posting_Group": "SERVICES",
                "VAT_Prod_Posting_Group": "VAT25",
                "Blocked": False,
                "Last_Date_Modified": shifted("2017-01-26", today),
            }
        )
        for code, quantity in {"HOUR": 1, **_units(row["units"])}.items():
            unit: Row = {"Resource_No": row["no"], "Code": code, "Qty_per_Unit_of_Measure": quantity}
            company["ResourceUnitOfMeasure"].append(unit | {"Related_to_Base_Unit_of_Meas": True})


def _add_prices(company: Company, today: date | None) -> None:
    names = "item", "type", "code", "start", "end", "currency", "unit", "quantity", "price"
    for row in lines(data.SALES_PRICES, *names):
        price = price_row(row["item"], row["type"], row["code"], number(row["price"]))
        price |= {"Currency_Code": row["currency"], "Unit_of_Measure_Code": row["unit"]}
        price |= {"Minimum_Quantity": number(row["quantity"]), "Starting_Date": shifted(row["start"], today)}
        price |= {"Ending_Date": shifted(row["end"], today)}
        if row["code"] == "RETAIL":
            price |= {"Price_Includes_VAT": True, "VAT_Bus_Posting_Gr_Price": "DOMESTIC"}
        company["SalesPrice"].append(price)


def price_row(item: str, sales_type: str, code: str, price: float) -> Row:
    """A sales price in local currency for any quantity, any unit, any day."""
    return {
        "Item_No": item,
        "Sales_Type": sales_type,
        "Sales_Code": code,
        "Starting_Date": EMPTY_DATE,
        "Currency_Code": "",
        "Variant_Code": "",
        "Unit_of_Measure_Code": "",
        "Minimum_Quantity": 0,
        "Unit_Price": price,
        "Ending_Date": EMPTY_DATE,
        "Price_Includes_VAT": False,
        "Allow_Line_Disc": True,
        "Allow_Invoice_Disc": True,
    }
